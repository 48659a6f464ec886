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

# grow_export_libraries(TARGET)
#
# Lets plugins that the program or plugin loads use its copy of what GrowAll holds,
# all of it: a plugin that brought one of its own would have every TypeID twice.
function(grow_export_libraries name)
  get_target_property(libraries GrowAll INTERFACE_LINK_LIBRARIES)
  list(TRANSFORM libraries REPLACE "(.+)" "$<TARGET_FILE:\\1>")
  target_link_libraries(${name} PRIVATE
    -Wl,--whole-archive ${libraries} -Wl,--no-whole-archive)
  target_link_options(${name} PRIVATE "LINKER:--export-dynamic-symbol=*4grow*")
endfunction()

# add_grow_tool(NAME sources... [PLUGINS] [UPSTREAM MLIR...] [GROW Grow...])
#
# With PLUGINS the tool loads dialects that build on grow.
function(add_grow_tool name)
  cmake_parse_arguments(ARG "PLUGINS" "" "UPSTREAM;GROW" ${ARGN})
  add_llvm_executable(${name} ${ARG_UNPARSED_ARGUMENTS} DISABLE_LLVM_LINK_LLVM_DYLIB)
  llvm_update_compile_flags(${name})
  if(ARG_PLUGINS)
    grow_export_libraries(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_GROW})
  mlir_target_link_libraries(${name} PRIVATE ${ARG_UPSTREAM} MLIRSupport)
  target_link_libraries(${name} PRIVATE LLVM)
  set_property(GLOBAL APPEND PROPERTY GROW_TOOLS ${name})
endfunction()
