-- SPDX-License-Identifier: GPL-2.0
--
-- toy.lua - lets Wireshark and tshark read the toy transport (IP protocol 253)
--
--	tshark -X lua_script:toy.lua -r FILE
--
-- A segment is TCP's to the last bit but for the checksum, whose pseudo header holds the protocol
-- number. So the checksum is verified here, and the rest is Wireshark's own TCP dissector.

local PROTOCOL = 253
local HEADER = 20
local CHECKSUM_AT = 16

local toy = Proto("toy", "Toy transport")
local status = ProtoField.string("toy.checksum.status", "Checksum status")
local given = ProtoField.uint16("toy.checksum", "Checksum", base.HEX)
local wrong = ProtoExpert.new("toy.checksum.wrong", "The checksum does not match",
			      expert.group.CHECKSUM, expert.severity.ERROR)

toy.fields = { status, given }
toy.experts = { wrong }

local addresses = {
	{ Field.new("ip.src"), Field.new("ip.dst") },
	{ Field.new("ipv6.src"), Field.new("ipv6.dst") },
}
local tcp = Dissector.get("tcp")

local function add(sum, range)
	for at = 0, range:len() - 2, 2 do
		sum = sum + range(at, 2):uint()
	end
	if range:len() % 2 == 1 then
		sum = sum + range(range:len() - 1, 1):uint() * 256
	end
	return sum
end

-- The addresses of the innermost IP header: those the segment was sent with.
local function pseudo_header(length)
	local found, at = nil, -1

	for _, pair in ipairs(addresses) do
		local from, to = { pair[1]() }, { pair[2]() }

		if #from > 0 and #from == #to and from[#from].offset > at then
			at = from[#from].offset
			found = add(add(0, from[#from].range), to[#to].range)
		end
	end
	return found and found + PROTOCOL + length
end

-- "good", "bad", or "unverified" where a part of the segment is not there.
local function verify(buffer)
	local length = buffer:reported_len()
	local sum = buffer:len() == length and pseudo_header(length)

	if not sum then
		return "unverified"
	end
	sum = add(sum, buffer())
	while sum > 0xffff do
		sum = sum % 0x10000 + math.floor(sum / 0x10000)
	end
	return sum == 0xffff and "good" or "bad"
end

function toy.dissector(buffer, pinfo, tree)
	-- an ICMP error may quote no more than the ports
	if buffer:len() >= HEADER then
		local verdict = verify(buffer)
		local branch = tree:add(toy, buffer(0, HEADER), "Toy transport, read as TCP")

		branch:add(given, buffer(CHECKSUM_AT, 2))
		branch:add(status, verdict):set_generated()
		if verdict == "bad" then
			branch:add_proto_expert_info(wrong)
		end
	end
	return tcp:call(buffer, pinfo, tree)
end

DissectorTable.get("ip.proto"):add(PROTOCOL, toy)
