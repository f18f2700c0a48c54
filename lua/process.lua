-- What the services beside this file know of the HAProxy they run in. Everything is read from /proc: a program that is started
-- from here (io.popen) would hold up all requests of this thread.
local M = {}

function M.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

-- The words of a process' command line.
function M.words(pid)
  local words = {}
  for word in ((M.read("/proc/" .. pid .. "/cmdline") or "") .. "\0"):gmatch("([^%z]*)%z") do
    if word ~= "" then words[#words + 1] = word end
  end
  return words
end

-- The fields of /proc/PID/stat behind the program's name, which may hold blanks and parentheses itself; nil: no such process.
function M.stat(pid)
  local text = M.read("/proc/" .. pid .. "/stat")
  if not text then return nil end
  local fields = { pid = text:match("^(%d+)"), name = text:match("%((.*)%)") }
  for field in text:match(".*%) (.*)"):gmatch("%S+") do fields[#fields + 1] = field end
  return fields
end

-- The files after -f, in their order.
function M.configs()
  local files, words = {}, M.words("self")
  for at, word in ipairs(words) do
    if word == "-f" and words[at + 1] then files[#files + 1] = words[at + 1] end
  end
  return files
end

-- Answers with a text. Readers that want bytes get what is there, never a page for people.
function M.answer(applet, status, text)
  applet:set_status(status)
  applet:add_header("content-length", tostring(#text))
  applet:add_header("content-type", "text/plain")
  applet:add_header("cache-control", "no-store")
  applet:start_response()
  applet:send(text)
end

return M
