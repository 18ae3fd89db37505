# SPDX-License-Identifier: MIT
# A bill of materials in CycloneDX format, hostfault.cdx.json: this project and the libraries that are linked into the installed files, with the versions
# that the build found. It contains no time, so the same sources and libraries give the same file.

set(HF_SBOM_COMPONENTS "")
# hf_sbom_add(NAME VERSION LICENCE how): how the library is linked, "dynamic" or "static".
function(hf_sbom_add name version licence how)
    if("${version}" STREQUAL "")
        return()
    endif()
    set(text "    {\n      \"type\": \"library\",\n      \"bom-ref\": \"${name}\",\n      \"name\": \"${name}\",\n      \"version\": \"${version}\",\n")
    string(APPEND text "      \"licenses\": [ { \"expression\": \"${licence}\" } ],\n      \"purl\": \"pkg:generic/${name}@${version}\",\n")
    string(APPEND text "      \"properties\": [ { \"name\": \"hostfault:linkage\", \"value\": \"${how}\" } ]\n    }")
    list(APPEND HF_SBOM_COMPONENTS "${text}")
    set(HF_SBOM_COMPONENTS "${HF_SBOM_COMPONENTS}" PARENT_SCOPE)
endfunction()

if(HF_TOOL_LAYERS AND NOT WIN32)
    hf_sbom_add(libyaml "${YAML_VERSION}" "MIT" dynamic)
    hf_sbom_add(sqlite "${SQLITE_VERSION}" "blessing" dynamic)
    hf_sbom_add(jansson "${JANSSON_VERSION}" "MIT" dynamic)
    hf_sbom_add(elfutils "${ELFUTILS_libdw_VERSION}" "LGPL-3.0-or-later OR GPL-2.0-or-later" dynamic)
endif()
if(TARGET hf-caller-lua)
    hf_sbom_add(lua "${LUA54_VERSION}" "MIT" static)
endif()
if(TARGET hf-caller-jemalloc)
    string(REGEX REPLACE "_.*" "" version "${JEMALLOC_VERSION}")
    hf_sbom_add(jemalloc "${version}" "BSD-2-Clause" dynamic)
endif()
list(JOIN HF_SBOM_COMPONENTS ",\n" HF_SBOM_COMPONENTS)
string(UUID HF_SBOM_SERIAL NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 NAME "hostfault ${PROJECT_VERSION}\n${HF_SBOM_COMPONENTS}" TYPE SHA1)
configure_file("${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault.cdx.json.in" "${PROJECT_BINARY_DIR}/package/hostfault.cdx.json" @ONLY)
