-- Shows what would differ between two runs if the caller did not pin it: the order of string keys, the time, random numbers.
local set, order = {}, {}
for i = 1, 40 do set["key" .. i] = true end
for key in pairs(set) do order[#order + 1] = key end
print(table.concat(order, " "), os.time(), os.clock(), math.random(1 << 30), (os.getenv("PADDING") or ""):len() > 0)
