-- The label AUTH_URL: asks an authentication service whether a request may pass. HAProxy's own HTTP client waits, so that other requests go
-- on meanwhile. The configuration refuses each request that this file does not let pass, whatever happens here.
--
-- The variable has the hosts that may be asked, each with its port (--auth-hosts): the labels of apps name the address, and this process
-- reaches more than those who write them. HAProxy 2.6 passes no words after the name of the file.
local allowed = {}
for host in (os.getenv("MARATHON_LB_AUTH_HOSTS") or ""):gmatch("%S+") do allowed[host] = true end

-- For each try: HAProxy 2.6 tries four times, later versions as often as httpclient.retries says.
local TIMEOUT = 2000
-- Longer answers are sent without their bodies.
local LONGEST_BODY = 8192
local PASSED = "txn.label_auth"
local NONE = "-"

-- Headers that belong to one connection or one body, or that would change what the service answers.
local OWN = {}
for name in
  ("host connection keep-alive proxy-connection te trailer transfer-encoding upgrade content-length content-type content-encoding expect "
    .. "accept-encoding range if-range if-match if-none-match if-modified-since if-unmodified-since x-forwarded-for x-forwarded-proto "
    .. "x-forwarded-host x-forwarded-uri x-forwarded-method x-original-url x-original-method"):gmatch("%S+")
do
  OWN[name] = true
end

local ANSWERED = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true, [401] = true, [403] = true }
local PASSED_ON = { "www-authenticate", "set-cookie", "location", "content-type", "cache-control" }

-- The host and port of a URL; nil: it is none.
local function hostOf(url)
  local scheme, host = url:match("^(https?)://([^/?]+)")
  if not scheme then return nil end
  if not host:match(":%d+$") then host = host .. (scheme == "https" and ":443" or ":80") end
  return host
end

-- Some programs read X_User as X-User.
local function plain(name) return (name:lower():gsub("_", "-")) end

-- All values of a header, in their order: they begin with index 0.
local function valuesOf(values)
  local list, at = {}, 0
  while values and values[at] do
    list[#list + 1] = values[at]
    at = at + 1
  end
  return list
end

local function last(values) return values[#values] end

local function isTrue(value) return value == true or value == 1 end

-- What the client asked for, as its browser shows it.
local function originOf(txn, headers)
  local proto = last(valuesOf(headers["x-forwarded-proto"]))
  if proto ~= "https" and proto ~= "http" then proto = isTrue(txn.f:ssl_fc()) and "https" or "http" end
  return proto, last(valuesOf(headers["host"])) or "", txn.f:pathq() or "/"
end

-- The names of AUTH_HEADERS by the names of headers that programs may take for them.
local function namesIn(text)
  local names = {}
  if text == NONE then return names end
  for name in text:gmatch("[^,]+") do names[plain(name)] = name end
  return names
end

local function question(txn, headers, wanted, proto, host, path)
  local sent = {}
  for name, values in pairs(headers) do
    local known = plain(name)
    local isClients = known == "authorization" or known == "cookie" or not wanted[known]
    if isClients and not OWN[known] then sent[name] = valuesOf(values) end
  end
  local method = txn.f:method()
  local clients = valuesOf(headers["x-forwarded-for"])
  clients[#clients + 1] = txn.f:src()
  sent["x-forwarded-for"] = { table.concat(clients, ", ") }
  sent["x-forwarded-proto"] = { proto }
  sent["x-forwarded-host"] = { host }
  sent["x-forwarded-uri"] = { path }
  sent["x-forwarded-method"] = { method }
  sent["x-original-url"] = { proto .. "://" .. host .. path }
  sent["x-original-method"] = { method }
  return sent
end

-- Gives the task the headers that the service answered, and none of these that the client sent.
local function pass(txn, headers, wanted, answer)
  for name in pairs(headers) do
    if wanted[plain(name)] then txn.http:req_del_header(name) end
  end
  for _, name in pairs(wanted) do
    for _, value in ipairs(valuesOf(answer.headers[name:lower()])) do txn.http:req_add_header(name, value) end
  end
  txn:set_var(PASSED, true)
end

local function encoded(text)
  return (text:gsub("[^%w._~-]", function(letter) return ("%%%02X"):format(letter:byte()) end))
end

local function refuse(txn, answer)
  local reply = txn:reply({ status = answer.status })
  for _, name in ipairs(PASSED_ON) do
    for _, value in ipairs(valuesOf(answer.headers[name])) do reply:add_header(name, value) end
  end
  local body = answer.body or ""
  if #body > 0 and #body <= LONGEST_BODY then reply:set_body(body) end
  txn:done(reply)
end

local function signIn(txn, page, proto, host, path)
  local reply = txn:reply({ status = 302 })
  local joint = page:find("?", 1, true) and "&" or "?"
  reply:add_header("location", page .. joint .. "rd=" .. encoded(proto .. "://" .. host .. path))
  reply:add_header("cache-control", "no-store")
  txn:done(reply)
end

core.register_action("forward_auth", { "http-req" }, function(txn, url, names, page)
  if not allowed[hostOf(url) or ""] then return end
  local headers = txn.http:req_get_headers()
  local wanted = namesIn(names)
  local proto, host, path = originOf(txn, headers)
  local sent = question(txn, headers, wanted, proto, host, path)
  local answer = core.httpclient():get({ url = url, headers = sent, timeout = TIMEOUT })
  local status = answer and answer.status or 0
  if status >= 200 and status < 300 then return pass(txn, headers, wanted, answer) end
  local method = txn.f:method()
  if status == 401 and page ~= NONE and (method == "GET" or method == "HEAD") then return signIn(txn, page, proto, host, path) end
  if ANSWERED[status] then refuse(txn, answer) end
end, 3)
