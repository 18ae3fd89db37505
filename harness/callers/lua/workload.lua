-- The script that hf-caller-lua runs by default: a tour of what makes Lua allocate, about 20 000 times at scale 100.
--
-- Each part returns a line of figures; together they are the result, which a run under faults must reproduce or refuse to give. So
-- nothing here may depend on addresses, on the order of pairs(), or on when the collector runs; and no pcall may take a lack of memory
-- for the error it waits for.

local percent = ...

local function scaled(count)
    return math.max(1, count * percent // 100)
end

-- A generator of our own: the script's course must not hang on the library's.
local state = 12345
local function random(limit)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % limit + 1
end

local function checksum(text, sum)
    sum = sum or 7
    for i = 1, #text do
        sum = (sum * 31 + text:byte(i)) % 4294967296
    end
    return sum
end

local function sorted_keys(set)
    local keys = {}
    for key in pairs(set) do
        keys[#keys + 1] = key
    end
    table.sort(keys)
    return keys
end

local parts = {}

-- Strings: short ones are interned (the string table grows), counted, sorted.
function parts.words()
    local syllables = { "ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu" }
    local text = {}
    for i = 1, scaled(900) do
        text[i] = syllables[random(10)] .. syllables[random(10)] .. (random(3) == 1 and syllables[random(10)] or "")
    end
    local counts = {}
    for word in table.concat(text, " "):gmatch("%a+") do
        counts[word] = (counts[word] or 0) + 1
    end
    local keys = sorted_keys(counts)
    local sum = 7
    for _, word in ipairs(keys) do
        sum = checksum(string.format("%s=%d;", word, counts[word]), sum)
    end
    return #keys, sum
end

-- Tables and metatables: arrays and hashes that grow by doubling, operators, inheritance.
function parts.vectors()
    local Vector = {}
    Vector.__index = Vector
    Vector.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Vector) end
    Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
    Vector.__lt = function(a, b) return a.x * a.x + a.y * a.y < b.x * b.x + b.y * b.y end
    Vector.__tostring = function(v) return string.format("(%d,%d)", v.x, v.y) end
    local Named = setmetatable({}, { __index = Vector })
    Named.__index = Named
    Named.__tostring = function(v) return v.name .. tostring(setmetatable({ x = v.x, y = v.y }, Vector)) end

    local list, total = {}, setmetatable({ x = 0, y = 0 }, Vector)
    for i = 1, scaled(700) do
        list[i] = setmetatable({ x = random(1000), y = random(1000) }, Vector)
        total = total + list[i]
    end
    table.sort(list)
    local named = setmetatable({ x = total.x, y = total.y, name = "total" }, Named)
    return tostring(named), tostring(list[1]), tostring(list[#list]), tostring(list[1] == list[1])
end

-- Closures: upvalues, open while the loop runs and closed after it; memoised recursion.
function parts.closures()
    local counters = {}
    for i = 1, scaled(500) do
        local step, value = i % 7, 0
        counters[i] = function()
            value = value + step
            return value
        end
    end
    local sum = 0
    for round = 1, 3 do
        for i = 1, #counters do
            sum = sum + counters[i]() * round
        end
    end
    local known = {}
    local function ways(n)
        if n < 2 then return 1 end
        known[n] = known[n] or ways(n - 1) + ways(n - 2)
        return known[n]
    end
    return sum, ways(60)
end

-- Coroutines: a pipeline of three, many times over; an error that crosses a coroutine's edge.
function parts.coroutines()
    local function numbers(count)
        return coroutine.wrap(function()
            for i = 1, count do
                coroutine.yield(i)
            end
        end)
    end
    local function only(source, test)
        return coroutine.wrap(function()
            for value in source do
                if test(value) then coroutine.yield(value) end
            end
        end)
    end
    local sum = 0
    for width = 2, 1 + scaled(60) do
        local odd = only(numbers(width), function(n) return n % 2 == 1 end)
        local square = coroutine.wrap(function()
            for value in odd do coroutine.yield(value * value) end
        end)
        for value in square do
            sum = sum + value
        end
    end
    return sum
end

-- A text format both ways: string.format with %q, string.gsub with a function, recursive descent with string.find.
local function encode(value)
    if type(value) ~= "table" then
        return type(value) == "string" and string.format("%q", value) or tostring(value)
    end
    local out = {}
    for _, key in ipairs(sorted_keys(value)) do
        out[#out + 1] = encode(key) .. ":" .. encode(value[key])
    end
    return "{" .. table.concat(out, ",") .. "}"
end

local decode
local function decode_table(text, at)
    local out = {}
    if text:sub(at, at) == "}" then return out, at + 1 end
    repeat
        local key, value
        key, at = decode(text, at)
        value, at = decode(text, at + 1)
        out[key] = value
        at = at + 1
    until text:sub(at - 1, at - 1) == "}"
    return out, at
end

function decode(text, at)
    local first = text:sub(at, at)
    if first == "{" then return decode_table(text, at + 1) end
    if first == '"' then
        local _, last, body = text:find('^"(.-)"', at)
        return body, last + 1
    end
    local _, last, number = text:find("^(%-?%d+)", at)
    return math.tointeger(number), last + 1
end

function parts.records()
    local records = {}
    for i = 1, scaled(130) do
        local record = { id = i, name = "n" .. random(500), tags = {} }
        for tag = 1, random(4) do
            record.tags[tag] = ("t"):rep(random(5)) .. tag
        end
        records[i] = record
    end
    local text = encode(records)
    local again = encode(decode(text, 1))
    local upper = text:gsub("%l+", function(word) return word:upper() .. #word end)
    return #text, checksum(text), tostring(again == text), checksum(upper)
end

-- Long strings and buffers: table.concat, rep, reverse, sub, pack and unpack.
function parts.buffers()
    local text = "seed"
    local sum = 7
    for i = 1, scaled(90) do
        text = (text .. string.format("%05d|%x|%g|", i, i * 2654435761, i / 8)):reverse():sub(1, 400)
        sum = checksum(text, sum)
    end
    local packed = {}
    for i = 1, scaled(120) do
        packed[i] = string.pack("<i4s2", i, ("p"):rep(i % 9))
    end
    local all, at, seen = table.concat(packed), 1, 0
    while at <= #all do
        local number, body
        number, body, at = string.unpack("<i4s2", all, at)
        seen = (seen + number * (#body + 1)) % 1000003
    end
    return sum, seen
end

-- Source text: the parser's own allocations, constants, nested functions, upvalues.
function parts.chunks()
    local sum = 0
    for i = 1, scaled(25) do
        local source = ("local k = %d; return function(x) local t = { k, x, 'c%d' }; return function() return #t[3] + t[1] * t[2] end end"):format(i, i)
        sum = sum + assert(load(source, "=chunk" .. i, "t", {}))()(i)()
    end
    local broken, message = load("local x = = 1", "=broken")
    if not message:find("unexpected symbol", 1, true) then error(message, 0) end
    return sum, tostring(broken), (message:gsub("%s+", " "))
end

-- Errors as values, to-be-closed variables, deep recursion (the stack grows and shrinks), many results.
function parts.calls()
    local marker, closed = {}, 0
    for depth = 1, scaled(30) do
        local ok, why = pcall(function()
            local guard <close> = setmetatable({}, { __close = function() closed = closed + depth end })
            error(marker)
        end)
        if ok or why ~= marker then error(why, 0) end
    end
    local function down(n)
        if n == 0 then return 0 end
        return 1 + down(n - 1)
    end
    local deep = down(scaled(1500))
    local many = select("#", table.unpack({}, 1, scaled(200)))
    return closed, deep, many
end

-- What the collector has to deal with: weak tables, finalizers, both modes. No figure may show when it ran.
function parts.garbage()
    local cache = setmetatable({}, { __mode = "v" })
    local finished, made = 0, scaled(150)
    collectgarbage("generational")
    for i = 1, made do
        cache[i] = setmetatable({ ("g"):rep(i % 40) .. i }, { __gc = function() finished = finished + 1 end })
    end
    collectgarbage("incremental")
    collectgarbage()
    collectgarbage()
    return finished == made, next(cache) == nil
end

-- A queue and a heap of work, moved about with table.insert, remove, move.
function parts.queues()
    local queue, order = {}, {}
    for i = 1, scaled(250) do
        table.insert(queue, random(#queue + 1), { rank = random(900), at = i })
        if #queue > 40 then order[#order + 1] = table.remove(queue, random(#queue)).at end
    end
    table.move(order, 1, #order // 2, #order + 1)
    table.sort(queue, function(a, b) return a.rank * 10000 + a.at < b.rank * 10000 + b.at end)
    local sum = checksum(table.concat(order, ","))
    for _, item in ipairs(queue) do
        sum = checksum(utf8.char(item.rank + 200), sum)
    end
    return #order, sum
end

local report = {}
for _, name in ipairs(sorted_keys(parts)) do
    local figures = table.pack(parts[name]())
    for i = 1, figures.n do
        figures[i] = tostring(figures[i])
    end
    report[#report + 1] = name .. " " .. table.concat(figures, " ")
end
report[#report + 1] = string.format("digest %08x", checksum(table.concat(report, "\n")))
return table.concat(report, "\n")
