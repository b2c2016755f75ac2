# libyang loads plugins from a folder below the one that it was built in. On other machines that is anybody's folder.
set(PLUGINS_DIR "/nonexistent" CACHE STRING "")
