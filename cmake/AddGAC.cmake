# The helpers that GAC's CMakeLists are made of: one call per library, tool,
# plugin, unit test or generated header.
include_guard(GLOBAL)

# Everything that is generated before anything is compiled.
add_custom_target(gac-headers)
# The documentation that is generated from ODS.
add_custom_target(gac-doc ALL)

# clang-tidy on all of GAC's sources; needs clang's compile commands and Ninja,
# in whose graph each object is a file by itself.
add_custom_target(tidy)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_GENERATOR STREQUAL "Ninja")
  find_program(GAC_CLANG_TIDY_PROGRAM NAMES clang-tidy-22 clang-tidy
    HINTS "${LLVM_TOOLS_BINARY_DIR}")
  mark_as_advanced(GAC_CLANG_TIDY_PROGRAM)
endif()

# Compiler launcher and linker, for GAC and for what is built beside it.
macro(gac_configure_toolchain)
  if(GAC_USE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(GAC_CCACHE_PROGRAM ccache)
    mark_as_advanced(GAC_CCACHE_PROGRAM)
    if(GAC_CCACHE_PROGRAM)
      # Paths below the source tree are hashed as relative ones, so that all
      # presets share what does not depend on them.
      set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
        "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${GAC_CCACHE_PROGRAM}")
      set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
    else()
      message(STATUS "ccache not found (sudo apt-get install ccache): "
        "every build compiles everything")
    endif()
  endif()

  if(GAC_USE_LLD)
    find_program(GAC_LLD_PROGRAM ld.lld
      HINTS "${LLVM_TOOLS_BINARY_DIR}" NO_DEFAULT_PATH)
    mark_as_advanced(GAC_LLD_PROGRAM)
    if(NOT GAC_LLD_PROGRAM)
      _gac_missing("lld (or -DGAC_USE_LLD=OFF)" lld-22)
    endif()
    # -B, not --ld-path, because g++ understands it too.
    add_link_options(-fuse-ld=lld "-B${LLVM_TOOLS_BINARY_DIR}")
  endif()

  # -O2 compiles a fifth faster than CMake's -O3 and nothing here gains by -O3.
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endmacro()

# Flags of GAC's own code, from here on.
macro(gac_configure_compiler)
  add_compile_options(-Wall -Wextra -fno-exceptions)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_compile_options(-Wimplicit-fallthrough -fcolor-diagnostics)
  else()
    # g++ knows neither llvm::Expected's need to move nor GoogleTest's macros.
    add_compile_options(-Wno-redundant-move -Wno-dangling-else)
  endif()
  if(GAC_WERROR)
    add_compile_options(-Werror)
  endif()
  if(GAC_SANITIZERS)
    set(sanitizers ${GAC_SANITIZERS})
    if(GAC_ENABLE_FUZZERS)
      # Coverage for libFuzzer in every library; its main only in the fuzzers.
      list(APPEND sanitizers fuzzer-no-link)
    endif()
    list(JOIN sanitizers "," sanitizers)
    # LLVM's libraries are built without the vptr check, which needs their
    # classes' type information in a form that they do not have.
    set(sanitize_flags "-fsanitize=${sanitizers}" -fno-sanitize=vptr
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_compile_options(${sanitize_flags})
    add_link_options(${sanitize_flags})
    set(GAC_EXECUTABLE_SOURCES "${PROJECT_SOURCE_DIR}/cmake/SanitizerOptions.cpp")
  endif()

  separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
  add_definitions(${llvm_definitions})
  include_directories("${PROJECT_SOURCE_DIR}/include")
  # What mlir-tblgen writes is not ours to warn about.
  include_directories(SYSTEM "${PROJECT_BINARY_DIR}/include"
    ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
endmacro()

# A source file that is in the folder but in no target is a mistake.
function(_gac_check_sources)
  file(GLOB_RECURSE present RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
    CONFIGURE_DEPENDS *.cpp)
  get_property(listed DIRECTORY PROPERTY GAC_LISTED_SOURCES)
  list(APPEND listed ${ARGN})
  set_property(DIRECTORY PROPERTY GAC_LISTED_SOURCES ${listed})
  list(REMOVE_ITEM present ${listed})
  if(present)
    message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}: add to CMakeLists.txt: "
      "${present}")
  endif()
endfunction()

# clang-tidy on each source of a target, as part of the target tidy: again only
# where the source's object was compiled again since it last passed.
function(_gac_add_tidy target)
  if(NOT GAC_CLANG_TIDY_PROGRAM)
    return()
  endif()
  set(stamps)
  foreach(source ${ARGN})
    if(IS_ABSOLUTE "${source}")
      continue() # It was generated.
    endif()
    set(stamp "${PROJECT_BINARY_DIR}/tidy/${target}/${source}.passed")
    set(object "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir")
    cmake_path(GET stamp PARENT_PATH folder)
    add_custom_command(OUTPUT "${stamp}"
      COMMAND "${GAC_CLANG_TIDY_PROGRAM}" -p "${PROJECT_BINARY_DIR}" --quiet
        "${CMAKE_CURRENT_SOURCE_DIR}/${source}"
      COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
      DEPENDS "${object}/${source}.o" "${PROJECT_SOURCE_DIR}/.clang-tidy"
      COMMENT "Running clang-tidy on ${source}")
    list(APPEND stamps "${stamp}")
  endforeach()
  add_custom_target(${target}-tidy DEPENDS ${stamps})
  add_dependencies(tidy ${target}-tidy)
endfunction()

# add_gac_library(Name sources... [LINK_LIBS PUBLIC lib... PRIVATE lib...])
# A static library of lib/, linked to the MLIR and LLVM shared libraries and
# to nothing else of theirs: a static MLIR component beside the shared one
# would give the process two copies of its TypeIDs.
function(add_gac_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(GAC::${name} ALIAS ${name})
  add_dependencies(${name} gac-headers)
  target_link_libraries(${name} ${ARG_LINK_LIBS} PUBLIC MLIR LLVM)
  target_include_directories(${name} INTERFACE
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${name} PUBLIC cxx_std_17)
  set_property(GLOBAL APPEND PROPERTY GAC_LIBRARIES ${name})
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_runtime_library(name sources... [LINK_LIBS PUBLIC lib... PRIVATE lib...])
# A shared library of lib/ that programs without LLVM and MLIR link.
function(add_gac_runtime_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} SHARED ${ARG_UNPARSED_ARGUMENTS})
  add_library(GAC::${name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES
    VERSION "${PROJECT_VERSION}"
    SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
  target_link_libraries(${name} ${ARG_LINK_LIBS})
  target_include_directories(${name} INTERFACE
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_compile_features(${name} PUBLIC cxx_std_17)
  set_property(GLOBAL APPEND PROPERTY GAC_RUNTIME_LIBRARIES ${name})
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_standalone_library(name sources... [LINK_LIBS lib...])
# What a standalone tool and its unit tests share; it is not installed.
function(add_gac_standalone_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK_LIBS")
  # The tool is in the same folder and sees that no source is forgotten.
  set_property(DIRECTORY APPEND PROPERTY GAC_LISTED_SOURCES
    ${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_tool(name [STANDALONE] sources... [LINK_LIBS lib...])
# An executable of build/<preset>/bin; a standalone one has nothing of LLVM.
function(add_gac_tool name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "STANDALONE" "" "LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS} ${GAC_EXECUTABLE_SOURCES})
  # Installed, it finds the runtime beside itself, wherever that is.
  file(RELATIVE_PATH libraries "/${CMAKE_INSTALL_BINDIR}"
    "/${CMAKE_INSTALL_LIBDIR}")
  set_target_properties(${name} PROPERTIES
    INSTALL_RPATH "$ORIGIN/${libraries}")
  if(ARG_STANDALONE)
    target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS})
  else()
    add_dependencies(${name} gac-headers)
    target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  endif()
  set_property(GLOBAL APPEND PROPERTY GAC_TOOLS ${name})
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_plugin(Name sources... [LINK_LIBS lib...])
# A module that mlir-opt-22 loads, at build/<preset>/lib/Name.so.
function(add_gac_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES PREFIX "")
  add_dependencies(${name} gac-headers)
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  set_property(GLOBAL APPEND PROPERTY GAC_PLUGINS ${name})
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_unittest(Name [STANDALONE] sources... [LINK_LIBS lib...])
# A GoogleTest program; each of its tests is a test of ctest. A standalone one
# has nothing of LLVM.
function(add_gac_unittest name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "STANDALONE" "" "LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS} ${GAC_EXECUTABLE_SOURCES})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/unit")
  target_link_libraries(${name}
    PRIVATE ${ARG_LINK_LIBS} GTest::gtest GTest::gtest_main)
  if(NOT ARG_STANDALONE)
    add_dependencies(${name} gac-headers)
    target_link_libraries(${name} PRIVATE MLIR LLVM)
  endif()
  gtest_discover_tests(${name}
    TEST_PREFIX "unit/" DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 120)
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_fuzzer(name sources... INPUTS folder... [LINK_LIBS lib...])
# A libFuzzer program, and a test of ctest, labelled fuzz, that runs it once on
# each file of the folders, which the fixture fuzz-corpus makes: on the same
# inputs everywhere, so that it fails for what a change did and never by chance.
# libFuzzer's own inputs depend on addresses, also with a fixed seed: those are
# for "make hunt".
function(add_gac_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "INPUTS;LINK_LIBS")
  _gac_check_sources(${ARG_UNPARSED_ARGUMENTS})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS} ${GAC_EXECUTABLE_SOURCES})
  add_dependencies(${name} gac-headers)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  add_dependencies(gac-fuzzers ${name})
  add_test(NAME "fuzz/${name}"
    COMMAND ${name} -runs=0 -shuffle=0 -timeout=20 -rss_limit_mb=4096
      "-artifact_prefix=${PROJECT_BINARY_DIR}/fuzz/" ${ARG_INPUTS})
  set_tests_properties("fuzz/${name}" PROPERTIES
    LABELS fuzz FIXTURES_REQUIRED fuzz-corpus TIMEOUT 300)
  _gac_add_tidy(${name} ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# add_gac_generated_headers(target)
# Makes what mlir_tablegen wrote since the folder was entered part of
# gac-headers, as the custom target given.
function(add_gac_generated_headers target)
  add_custom_target(${target} DEPENDS ${TABLEGEN_OUTPUT})
  set_target_properties(${target} PROPERTIES FOLDER "Tablegenning")
  add_dependencies(gac-headers ${target})
endfunction()

# add_gac_interface(Name)
# Name.td holds operation interfaces: Name.h.inc, Name.cpp.inc and Name.md.
function(add_gac_interface name)
  set(LLVM_TARGET_DEFINITIONS ${name}.td)
  mlir_tablegen(${name}.h.inc -gen-op-interface-decls)
  mlir_tablegen(${name}.cpp.inc -gen-op-interface-defs)
  add_gac_generated_headers(gac-${name}-incgen)
  add_gac_doc(${name} -gen-op-interface-docs)
endfunction()

# add_gac_passes(Group)
# Passes.td holds a group of passes: Passes.h.inc, and GroupPasses.md.
function(add_gac_passes group)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${group})
  add_gac_generated_headers(gac-${group}-passes-incgen)
  add_gac_doc(Passes -gen-pass-doc OUTPUT ${group}Passes)
endfunction()

# add_gac_dialect(NAME namespace)
# A dialect split as upstream splits them: NAMEDialect.td, NAMETypes.td,
# NAMEAttributes.td and NAMEOps.td, where NAMEOps.td includes the others.
function(add_gac_dialect name namespace)
  set(LLVM_TARGET_DEFINITIONS ${name}Ops.td)
  set(only -dialect=${namespace})
  mlir_tablegen(${name}Ops.h.inc -gen-op-decls ${only})
  mlir_tablegen(${name}Ops.cpp.inc -gen-op-defs ${only})
  mlir_tablegen(${name}Dialect.h.inc -gen-dialect-decls ${only})
  mlir_tablegen(${name}Dialect.cpp.inc -gen-dialect-defs ${only})
  mlir_tablegen(${name}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${name}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${name}Types.h.inc -gen-typedef-decls
    -typedefs-dialect=${namespace})
  mlir_tablegen(${name}Types.cpp.inc -gen-typedef-defs
    -typedefs-dialect=${namespace})
  mlir_tablegen(${name}Attributes.h.inc -gen-attrdef-decls
    -attrdefs-dialect=${namespace})
  mlir_tablegen(${name}Attributes.cpp.inc -gen-attrdef-defs
    -attrdefs-dialect=${namespace})
  add_gac_generated_headers(gac-${name}-incgen)
  add_gac_doc(${name}Ops -gen-dialect-doc ${only})
endfunction()

# add_gac_doc(File generator-options... [OUTPUT Name])
# Generated Markdown in build/<preset>/docs/Name.md (File.md), by the target
# gac-doc.
function(add_gac_doc name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "OUTPUT" "")
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT ${name})
  endif()
  set(LLVM_TARGET_DEFINITIONS ${name}.td)
  tablegen(MLIR ${name}.md ${ARG_UNPARSED_ARGUMENTS})
  set(output "${PROJECT_BINARY_DIR}/docs/${ARG_OUTPUT}.md")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" -E copy
      "${CMAKE_CURRENT_BINARY_DIR}/${name}.md" "${output}"
    DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/${name}.md"
    COMMENT "Writing docs/${ARG_OUTPUT}.md")
  add_custom_target(gac-${ARG_OUTPUT}-doc DEPENDS "${output}")
  add_dependencies(gac-doc gac-${ARG_OUTPUT}-doc)
endfunction()
