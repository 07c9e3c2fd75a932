# cmake --install: the tools, the plugin, the libraries with their headers, and
# the package that find_package(GAC) reads.
include(CMakePackageConfigHelpers)

get_property(gac_libraries GLOBAL PROPERTY GAC_LIBRARIES)
get_property(gac_tools GLOBAL PROPERTY GAC_TOOLS)
get_property(gac_plugins GLOBAL PROPERTY GAC_PLUGINS)

# onnx_schema comes along as an archive alone: static libraries that use it
# privately still need it when somebody links them, but nobody its headers.
install(TARGETS ${gac_libraries} onnx_schema
  EXPORT GACTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT GACDevelopment)
# The runtime is exported on its own: who asks for it alone needs no MLIR.
get_property(gac_runtime_libraries GLOBAL PROPERTY GAC_RUNTIME_LIBRARIES)
install(TARGETS ${gac_runtime_libraries}
  EXPORT GACRuntimeTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT GACTools
    NAMELINK_COMPONENT GACDevelopment)
if(gac_tools)
  install(TARGETS ${gac_tools}
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT GACTools)
endif()
if(gac_plugins)
  install(TARGETS ${gac_plugins}
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT GACTools)
endif()

foreach(root "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
  install(DIRECTORY "${root}/include/gac"
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT GACDevelopment
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
    PATTERN CMakeFiles EXCLUDE)
endforeach()
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/gac" COMPONENT GACTools)

set(gac_mlir_version "${LLVM_VERSION_MAJOR}.${LLVM_VERSION_MINOR}")
set(gac_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/GAC")
install(EXPORT GACTargets NAMESPACE GAC::
  DESTINATION "${gac_package_dir}" COMPONENT GACDevelopment)
install(EXPORT GACRuntimeTargets NAMESPACE GAC::
  DESTINATION "${gac_package_dir}" COMPONENT GACDevelopment)
configure_package_config_file(cmake/GACConfig.cmake.in
  "${PROJECT_BINARY_DIR}/GACConfig.cmake"
  INSTALL_DESTINATION "${gac_package_dir}")
# Before 1.0 any minor version may change interfaces.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/GACConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/GACConfig.cmake"
    "${PROJECT_BINARY_DIR}/GACConfigVersion.cmake"
  DESTINATION "${gac_package_dir}" COMPONENT GACDevelopment)
