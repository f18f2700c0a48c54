-- GET /_haproxy_getconfig: the configuration as it was when this HAProxy started.
local process = dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "process.lua")

-- Lines with what must not be shown: the pattern keeps what stands before the secret.
local secrets = {
  "^(%s*user%s.*%spassword%s+).*",
  "^(%s*user%s.*%sinsecure%-password%s+).*",
  "^(%s*stats%s+auth%s+[^:%s]*:).*",
  "^(.*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]%s+).*",
  "^(%s*setenv%s+%S*[Pp][Aa][Ss][Ss]%S*%s+).*",
  "^(%s*setenv%s+%S*[Ss][Ee][Cc][Rr][Ee][Tt]%S*%s+).*",
  "^(%s*setenv%s+%S*[Tt][Oo][Kk][Ee][Nn]%S*%s+).*",
  "^(.*tcp%-check%s+send%s+AUTH).*",
}

local function redacted(line)
  for _, pattern in ipairs(secrets) do
    local before = line:match(pattern)
    if before then return before .. "[redacted]" end
  end
  -- The user and password of a URL.
  return (line:gsub("(%a[%w+.-]*://)[^/%s@]+:[^/%s@]*@", "%1[redacted]@"))
end

-- The files as this process read them: those of a folder are not known here.
local whole = {}
for _, file in ipairs(process.configs()) do whole[#whole + 1] = process.read(file) end
local plain = table.concat(whole)
local hidden = plain:gsub("[^\n]+", redacted)

core.register_service("getconfig", "http", function(applet) process.answer(applet, 200, hidden) end)
core.register_service("getconfig_plain", "http", function(applet) process.answer(applet, 200, plain) end)
