-- GET /_haproxy_getconfig: the configuration as it was when this HAProxy started, without its secrets. The file is read at the start, when
-- this process may still open it; secrets are looked for when somebody asks, so that no reload waits for that.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")
local redact = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "redact.lua")

-- The files as this process read them: those of a folder are not known here.
local whole = {}
for _, file in ipairs(process.configs()) do whole[#whole + 1] = process.read(file) end
local plain = table.concat(whole)
local hidden

core.register_service("getconfig", "http", function(applet)
  hidden = hidden or redact(plain)
  process.answer(applet, 200, hidden)
end)
core.register_service("getconfig_plain", "http", function(applet) process.answer(applet, 200, plain) end)
