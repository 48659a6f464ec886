# Finds LLVM and MLIR 22. Debian installs them under /usr/lib/llvm-22, which
# CMake does not search: `llvm-config-22` says where.
find_program(GROW_LLVM_CONFIG NAMES llvm-config-22 llvm-config)
if(GROW_LLVM_CONFIG)
  execute_process(COMMAND ${GROW_LLVM_CONFIG} --prefix
                  OUTPUT_VARIABLE grow_llvm_prefix
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
find_package(MLIR REQUIRED CONFIG HINTS ${grow_llvm_prefix}/lib/cmake/mlir)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "grow needs LLVM/MLIR 22, found ${LLVM_PACKAGE_VERSION} "
                      "in ${LLVM_DIR}. On Debian: apt-get install libmlir-22-dev "
                      "mlir-22-tools llvm-22-dev llvm-22-tools")
endif()
message(STATUS "Using MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")

# LLVMConfig names bin/llvm-lit, which Debian does not ship.
find_program(LLVM_EXTERNAL_LIT NAMES llvm-lit lit-22 lit
             HINTS ${LLVM_TOOLS_BINARY_DIR})

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
set(MLIR_LINK_MLIR_DYLIB ON)             # one libMLIR.so: links in under a second
set(MLIR_BINARY_DIR ${PROJECT_BINARY_DIR}) # where mlir-doc writes
set(LLVM_RUNTIME_OUTPUT_INTDIR ${PROJECT_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${PROJECT_BINARY_DIR}/lib)
