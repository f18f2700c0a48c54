-- GET /_haproxy_getconfig: the configuration as it was when this HAProxy started.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")

-- What stands before a secret, in small letters: the rest of the line is not shown.
local secrets = {
  "^%s*user%s.-%spassword%s+",
  "^%s*user%s.-%sinsecure%-password%s+",
  "^%s*stats%s+auth%s+[^:%s]*:",
  -- A header in an action, a condition, http-check or option httpchk, with quotes and escaped blanks or without.
  "authorization[\"')%]:,\\]*%s+",
  "tcp%-check%s+send%S*%s+[\"']?auth",
}
-- Headers and variables whose names say that they hold one.
for _, name in ipairs({ "token", "secret", "passw", "api%-?_?key" }) do
  table.insert(secrets, "%-header%s+%S*" .. name .. "%S*%s+")
  table.insert(secrets, "%f[%w]hdr%s+%S*" .. name .. "%S*%s+")
  table.insert(secrets, "^%s*p?r?e?setenv%s+%S*" .. name .. "%S*%s+")
end

local function redacted(line)
  local small, last = line:lower(), nil
  for _, pattern in ipairs(secrets) do
    local _, found = small:find(pattern)
    if found and found < #line then last = math.min(found, last or found) end
  end
  if last then line = line:sub(1, last) .. "[redacted]" end
  -- The key that tokens are checked with, and the user and password of a URL.
  line = line:gsub("(jwt_verify%([^,)]*,)[^)]*", "%1[redacted]")
  return (line:gsub("(%a[%w+.-]*://)[^/%s@]+:[^/%s@]*@", "%1[redacted]@"))
end

-- The files as this process read them: those of a folder are not known here.
local whole = {}
for _, file in ipairs(process.configs()) do whole[#whole + 1] = process.read(file) end
local plain = table.concat(whole)
local hidden = plain:gsub("[^\n]+", redacted)

core.register_service("getconfig", "http", function(applet) process.answer(applet, 200, hidden) end)
core.register_service("getconfig_plain", "http", function(applet) process.answer(applet, 200, plain) end)
