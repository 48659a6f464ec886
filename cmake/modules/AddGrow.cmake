# add_grow_library(NAME sources... [UPSTREAM MLIR...] [GROW Grow...] [TABLEGEN targets...])
#
# A static library of the project. UPSTREAM libraries resolve to libMLIR.so; they
# must not go through LINK_LIBS, which would put the static archives beside it
# and so two copies of MLIR into one process.
function(add_grow_library name)
  cmake_parse_arguments(ARG "" "" "UPSTREAM;GROW;TABLEGEN" ${ARGN})
  add_mlir_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS}
    DEPENDS ${ARG_TABLEGEN}
    EXCLUDE_FROM_LIBMLIR
    DISABLE_INSTALL)
  if(ARG_UPSTREAM)
    mlir_target_link_libraries(${name} PUBLIC ${ARG_UPSTREAM})
  else()
    target_link_libraries(${name} PUBLIC LLVM)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_GROW})
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  set_property(GLOBAL APPEND PROPERTY GROW_LIBRARIES ${name})
endfunction()

# add_grow_tool(NAME sources... [UPSTREAM MLIR...] [GROW Grow...])
function(add_grow_tool name)
  cmake_parse_arguments(ARG "" "" "UPSTREAM;GROW" ${ARGN})
  add_llvm_executable(${name} ${ARG_UNPARSED_ARGUMENTS} DISABLE_LLVM_LINK_LLVM_DYLIB)
  llvm_update_compile_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARG_GROW})
  mlir_target_link_libraries(${name} PRIVATE ${ARG_UPSTREAM} MLIRSupport)
  target_link_libraries(${name} PRIVATE LLVM)
  set_property(GLOBAL APPEND PROPERTY GROW_TOOLS ${name})
endfunction()
