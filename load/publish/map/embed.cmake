# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=places.c -DDEPARTEMENTS=departements.txt -DREGIONS=regions.txt -P embed.cmake
function(rows file columns)
  file(STRINGS ${file} lines ENCODING UTF-8)
  foreach(line ${lines})
    if(NOT line MATCHES "^#")
      string(REPLACE "\\" "\\\\" line "${line}")
      string(REPLACE "\"" "\\\"" line "${line}")
      string(REPLACE "|" "\", \"" cells "${line}")
      file(APPEND ${OUT} "    {\"${cells}\"},\n")
    endif()
  endforeach()
  file(APPEND ${OUT} "    {${columns}},\n};\n")
endfunction()

file(WRITE ${OUT} "#include \"load/publish/places.h\"\n\nconst struct place_departement places_departements[] = {\n")
rows(${DEPARTEMENTS} "0, 0, 0, 0")
file(APPEND ${OUT} "const struct place_region places_regions[] = {\n")
rows(${REGIONS} "0, 0")
