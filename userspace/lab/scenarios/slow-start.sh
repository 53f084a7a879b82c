# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 270
title "slow start and congestion avoidance, drawn"
rules "RFC 5681 §3.1 (slow start, congestion avoidance), §3.2; RFC 6582; RFC 6928 (the initial window)"
story <<'END'
The client sends 400000 bytes over a line of 10 Mbit/s, 50 ms long. Nobody tells it what the line can take: it has to find out. It
begins with two segments, to make the beginning visible. The 60th segment and the 200th are lost, as the last ones are before a queue that is full.
END
why <<'END'
In slow start the congestion window (cwnd) grows by what is acknowledged, so that it doubles with each round trip: slow is only where it
starts. It goes on until the line is full, and then the queue before it, and a segment is lost. The third duplicate ACK tells of it. Half of
what was on its way is then the slow start threshold (ssthresh), and the window is set to it: the line can take that for certain.

From there on it is congestion avoidance: one segment more with each round trip, until the queue is full again, one is
lost, and the window is halved. The teeth of this saw are how many connections share a line: who has more loses more.
END
knobs client:init_cwnd=2
cable --latency 50 --rate 10000
faults 'drop client DATA 60' 'drop client DATA 200'
curve
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 400000' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'send 400000' close
}
judge() {
	check "the window began with two segments" saw '^left cong INIT cwnd=(2896|2856) '
	check "it doubled with each round trip" doubled
	check "two segments were lost, and duplicate ACKs told of them" saw_times 2 '^left cong RECOVERY '
	check "no timer ran out" never_saw '^left timer RETRANSMIT'
	check "half of what was on its way became the threshold" halved
	check "from there it grew by no more than a segment each round trip" crept
	check "all of it arrived" said 'server: drain: 400000'
}
# The congestion window in segments, a line a step: milliseconds, why, cwnd, ssthresh.
steps() {
	awk '$2 == "left" && $3 == "cong" {
		sub(/^cwnd=/, "", $5)
		sub(/^ssthresh=/, "", $6)
		if (!mss) mss = $5 / 2
		print $1, $4, $5 / mss, $6 / mss
	}' "$tmp/lines"
}
# From 4 to 16 before the first loss, that is twice, in as many round trips of 100 ms.
doubled() {
	steps | awk '{ print } $2 == "GROWTH" && $3 >= 4 && !from { from = $1 } $3 >= 16 && !to { to = $1 } $2 == "RECOVERY" { exit }
		END { exit !(from && to && to - from >= 100 && to - from < 400) }'
}
halved() {
	steps | awk '{ print } $2 == "GROWTH" { last = $3 } $2 == "RECOVERY" { share = $4 / last; exit } END { exit !(share > 0.4 && share < 0.6) }'
}
# From where it is at the threshold, once recovery is over, to the next loss.
crept() {
	steps | awk '$2 == "RECOVERY" { recovers = 1; from = 0 }
		$2 == "RECOVERED" { recovers = 0 }
		$2 == "GROWTH" && !recovers && $3 >= $4 {
			if (from) n++
			if (from && $3 - least > ($1 - from) / 100 + 1) bad = 1
			if (!from) { from = $1; least = $3 }
			print
		}
		END { exit bad || n < 3 }'
}
