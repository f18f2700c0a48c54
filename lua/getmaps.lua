-- GET /_haproxy_getvhostmap and /_haproxy_getappmap: the map files beside the configuration; empty where there are none.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")

local config = process.configs()[1] or ""
local folder = config:match("^(.*/)") or "./"

local function register(name, file)
  local path = folder .. file
  -- For a process that may not open it any more, under a chroot or as another user.
  local first = process.read(path) or ""
  core.register_service(name, "http", function(applet) process.answer(applet, 200, process.read(path) or first) end)
end

register("getvhostmap", "domain2backend.map")
register("getappmap", "app2backend.map")
