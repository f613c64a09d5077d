# SPDX-License-Identifier: Apache-2.0
# cmake -DOUT=x.c -DSCHEMA=schema.sql -DMIGRATIONS="0002-a.sql;..." -P embed.cmake: the SQL files as C arrays, numbers from the file names.
function(embed file name storage)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  file(APPEND ${OUT} "${storage}const char ${name}[] = {${bytes}0};\n")
endfunction()

file(WRITE ${OUT} "#include \"load/store/db_driver.h\"\n")
embed(${SCHEMA} db_schema_sql "")
set(rows "")
foreach(file ${MIGRATIONS})
  get_filename_component(stem ${file} NAME_WE)
  string(REGEX MATCH "^[0-9]+" digits ${stem})
  math(EXPR number "${digits}")
  embed(${file} migration_${number} "static ")
  string(APPEND rows "    {${number}, migration_${number}},\n")
endforeach()
file(APPEND ${OUT} "const struct db_migration db_migrations[] = {\n${rows}    {0, 0},\n};\n")
