-- Hides what configuration lines keep secret: the same rules as in src/haproxy/redact.ts, which says why. Time grows with the length of the
-- text: no pattern here is tried at every place of a line more than once.
local HIDDEN = "[redacted]"
local LONGEST_LINE = 2000

-- Headers whose values are no secret; a star at the end stands for any rest.
local HARMLESS = {
  "accept*",
  "access-control-*",
  "age",
  "cache-control",
  "connection",
  "content-*",
  "cross-origin-*",
  "expires",
  "host",
  "location",
  "origin",
  "permissions-policy",
  "pragma",
  "referer",
  "referrer-policy",
  "server",
  "strict-transport-security",
  "te",
  "transfer-encoding",
  "upgrade*",
  "user-agent",
  "vary",
  "via",
  "x-content-type-options",
  "x-forwarded-*",
  "x-frame-options",
  "x-haproxy*",
  "x-marathon-app-id",
  "x-real-ip",
  "x-request-id",
  "x-xss-protection",
}

local function isHarmless(name)
  for _, each in ipairs(HARMLESS) do
    if each:sub(-1) == "*" then
      if name:sub(1, #each - 1) == each:sub(1, -2) then return true end
    elseif name == each then
      return true
    end
  end
  return false
end

local function unquoted(raw)
  local text = raw:gsub("\\x(%x%x)", function(code) return "\1" .. string.char(tonumber(code, 16)) end)
  text = text:gsub("\\(.)", "\1%1"):gsub("([\1]?)([\"'])", function(escape, quote) return escape == "\1" and quote or "" end)
  return (text:gsub("\1", "")):lower()
end

-- The end of a quoted text that begins at a place; nil: it does not end.
local function closing(line, from)
  local quote = line:sub(from, from)
  if quote == "'" then return line:find("'", from + 1, true) end
  local at = from + 1
  while at <= #line do
    local place, _, found = line:find("([\\\"])", at)
    if not place then return nil end
    if found == '"' then return place end
    at = place + 2
  end
  return nil
end

-- The words of a line: their texts without quotes, in small letters, and where they stand.
local function tokensOf(line)
  local tokens, at = {}, 1
  while true do
    local start = line:find("%S", at)
    if not start then return tokens end
    local stop, only = start, nil
    while stop <= #line do
      local letter = line:sub(stop, stop)
      if letter == "\\" then
        stop = stop + 2
      elseif letter == '"' or letter == "'" then
        local close = closing(line, stop)
        if close and stop == start then only = close end
        stop = (close or stop) + 1
      elseif letter:find("%s") then
        break
      else
        stop = (line:find("[\\\"'%s]", stop) or #line + 1)
      end
    end
    stop = math.min(stop, #line + 1)
    local raw = line:sub(start, stop - 1)
    tokens[#tokens + 1] = {
      word = unquoted(raw),
      raw = raw,
      start = start,
      stop = stop,
      quoted = only and only == stop - 1 and line:sub(start + 1, only - 1) or nil,
    }
    at = stop
  end
end

local NAMED = {
  ["set-header"] = true,
  ["add-header"] = true,
  ["replace-header"] = true,
  ["replace-value"] = true,
  ["hdr"] = true,
}
local SENDS = { ["send"] = true, ["send-lf"] = true, ["send-binary"] = true, ["send-binary-lf"] = true }
local SAMPLES = { "f?hdr", "s?cook", "urlp", "url_param", "body_param" }
local KEYS = { "hmac%(", "aes_%w+_?%w*_?%w*%(", "jwt_verify[%w_]*%(" }
local NAMES = { "token", "secret", "passw", "api%-?_?key", "credential" }

-- The name that a sample such as hdr(X-Key) is asked for; nil: it is no such sample.
local function sampleName(word)
  for _, name in ipairs(SAMPLES) do
    local padded = "," .. word
    local found = padded:match("[.,%[{]" .. name .. "[%w_]*%(([^),]*)")
    if found then return found end
  end
  return nil
end

-- The end of what announces a secret inside of a word; nil: nothing does.
local function markEnd(raw)
  local small, first = raw:lower(), nil
  local function note(stop) if stop and (not first or stop < first) then first = stop end end
  for _, pattern in ipairs(KEYS) do note(select(2, small:find(pattern))) end
  note(select(2, small:find("[?&][^%s=&]+=")))
  for _, name in ipairs(NAMES) do note(select(2, small:find(name .. "[%w.%-]*="))) end
  note(select(2, small:find("\\r\\n", 1, true)))
  return first
end

local function userBefore(tokens, at)
  for place = 1, at - 1 do
    if tokens[place].word == "user" then return true end
  end
  return false
end

local function textAfter(tokens, at)
  for place = at + 1, #tokens do
    if tokens[place].word:find("str(", 1, true) then return true end
  end
  return false
end

-- Where a secret begins that the word at a place announces; nil: it announces none.
local function secretAfter(tokens, at)
  local token = tokens[at]
  local word = token.word
  local before = tokens[at - 1] and tokens[at - 1].word or ""
  local following, value = tokens[at + 1], tokens[at + 2]
  if (word == "password" or word == "insecure-password") and userBefore(tokens, at) then return following and following.start end
  if word == "auth" and before == "stats" and following then
    return following.start + (following.raw:find(":", 1, true) or 0)
  end
  if NAMED[word] and following then
    if isHarmless(following.word) then return nil end
    return value and value.start
  end
  if word == "setenv" or word == "presetenv" or word == "set-param" then return value and value.start end
  if word == "dynamic-cookie-key" then return following and following.start end
  if SENDS[before] and tokens[at - 2] and tokens[at - 2].word == "tcp-check" then return token.start end
  if word:find("^set%-var%-fmt%(") then return following and following.start end
  if word:find("^set%-var%(") and textAfter(tokens, at) then return following and following.start end
  local name = sampleName(word)
  if name and following and not isHarmless(name) then return following.start end
  local marked = markEnd(token.raw)
  if marked then return token.start + marked end
  if word:find("authorization", 1, true) then return following and following.start end
  return nil
end

-- Ends the line before its first secret. `depth`: how many quotes the text stands in.
local function cut(line, depth)
  local tokens = tokensOf(line)
  local last = #(line:gsub("%s+$", ""))
  for at, token in ipairs(tokens) do
    local from = secretAfter(tokens, at)
    if from and from <= last then return line:sub(1, from - 1) .. HIDDEN end
    if token.quoted and depth < 3 and token.quoted:find("%s") then
      local inner = cut(token.quoted, depth + 1)
      if inner ~= token.quoted then return line:sub(1, token.start) .. inner end
    end
  end
  return line
end

-- The user and password of URLs.
local function withoutUserinfo(line)
  return (line:gsub("://([^/%s@:]*):([^/%s@]*)@", "://" .. HIDDEN .. "@"))
end

local function redactLine(line)
  if #line > LONGEST_LINE then
    local blanks, first = line:match("^([ \t+-]*)([%w_.-]*)")
    return ("%s%s %s (%d characters)"):format(blanks, first:sub(1, 40), HIDDEN, #line)
  end
  return withoutUserinfo(cut(line, 0))
end

-- Directives that hold no secret by these rules, whatever stands behind them.
local PLAIN = {}
for name in ("frontend backend listen defaults global mode balance server bind timeout default_backend maxconn"):gmatch("%S+") do
  PLAIN[name] = true
end

-- What most conditions look at.
local PLAIN_SAMPLES = { ["hdr(host)"] = true, ["path_beg"] = true, ["src"] = true, ["hdr(x-marathon-app-id)"] = true }

-- Tells without reading each word that a line has no secret: most of 100,000 lines are such.
local function isPlain(line)
  local first, from = line:match("^%s*(%S+)()")
  if not first then return true end
  if #line > LONGEST_LINE or line:find("://", 1, true) then return false end
  if PLAIN[first] then return true end
  if first == "use_backend" then return not line:find("[({\"']", from) end
  return first == "acl" and PLAIN_SAMPLES[line:match("^%s+%S+%s+(%S+)", from)] and not line:find("[\"'=\\]", from) or false
end

-- A loop of its own in place of gsub: HAProxy takes turns with other requests only between instructions of Lua.
return function(text)
  local lines, known, at = {}, {}, 1
  while at <= #text do
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    local shown = known[line]
    if not shown then
      shown = line
      if not isPlain(line) then
        shown = redactLine(line)
        known[line] = shown
      end
    end
    lines[#lines + 1] = shown
    at = stop + 1
  end
  return table.concat(lines, "\n") .. (text:sub(-1) == "\n" and "\n" or "")
end
