# What GAC needs from the system, each with the Debian package that has it:
# whoever lacks something reads the command to type, not a search path.

# Stops with the missing package's name.
function(_gac_missing what)
  list(JOIN ARGN " " packages)
  message(FATAL_ERROR
    "GAC needs ${what}, which was not found. On Debian:\n"
    "  sudo apt-get install ${packages}\n"
    "or run scripts/setup.sh, which installs everything that is missing.")
endfunction()

# gac_require_program(VAR name APT package...)
# Finds a program that the build calls; a cache entry or full path wins.
function(gac_require_program variable name)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "APT")
  find_program(${variable} ${name})
  if(NOT ${variable})
    _gac_missing("the program ${name}" ${ARG_APT})
  endif()
endfunction()

# gac_require_package(Name [version] [CONFIG] APT package...)
# find_package that names the Debian packages where it fails.
macro(gac_require_package name)
  cmake_parse_arguments(ARG "" "" "APT" ${ARGN})
  find_package(${name} ${ARG_UNPARSED_ARGUMENTS} QUIET)
  if(NOT ${name}_FOUND)
    string(REGEX REPLACE ";(CONFIG;)?APT;.*" "" what "${name};${ARGN}")
    string(REPLACE ";" " " what "${what}")
    _gac_missing("the package ${what}" ${ARG_APT})
  endif()
endmacro()

# The compiler that was asked for, where it is a Debian name.
foreach(language C CXX)
  set(compiler "${CMAKE_${language}_COMPILER}")
  if(compiler AND NOT EXISTS "${compiler}")
    string(REPLACE "++" "" package "${compiler}")
    if(compiler MATCHES "^g\\+\\+")
      set(package "${compiler}")
    endif()
    gac_require_program(GAC_${language}_COMPILER_PROGRAM "${compiler}"
      APT "${package}")
    mark_as_advanced(GAC_${language}_COMPILER_PROGRAM)
  endif()
endforeach()

if(CMAKE_GENERATOR MATCHES "Ninja" AND NOT CMAKE_MAKE_PROGRAM)
  gac_require_program(GAC_NINJA_PROGRAM ninja APT ninja-build)
  mark_as_advanced(GAC_NINJA_PROGRAM)
endif()
