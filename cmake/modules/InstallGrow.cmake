# What `cmake --install` puts where, and how find_package(Grow) finds it.
include(CMakePackageConfigHelpers)
get_property(grow_libraries GLOBAL PROPERTY GROW_LIBRARIES)
get_property(grow_plugins GLOBAL PROPERTY GROW_PLUGINS)
get_property(grow_tools GLOBAL PROPERTY GROW_TOOLS)
set(grow_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Grow)

install(TARGETS ${grow_tools} ${grow_plugins}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT Runtime)
# `grow compile` links models with it.
install(FILES $<TARGET_FILE:GrowRuntime>
        DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Runtime)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT Runtime)

install(TARGETS ${grow_libraries} EXPORT GrowTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Runtime
        NAMELINK_COMPONENT Development)
install(EXPORT GrowTargets NAMESPACE Grow:: DESTINATION ${grow_cmake_dir}
        COMPONENT Development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/grow ${PROJECT_SOURCE_DIR}/include/grow-c
                  ${PROJECT_BINARY_DIR}/include/grow
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development
        FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN "*.td" PATTERN "*.inc"
        PATTERN CMakeFiles EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT Development FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/modules/GrowConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/GrowConfig.cmake INSTALL_DESTINATION ${grow_cmake_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/GrowConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/GrowConfig.cmake
              ${PROJECT_BINARY_DIR}/cmake/GrowConfigVersion.cmake
        DESTINATION ${grow_cmake_dir} COMPONENT Development)
