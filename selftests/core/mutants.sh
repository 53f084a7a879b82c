#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mutants.sh - a test that cannot fail is a defect. Breaks a copy of the core in one place at a time
# and runs the tests. A mutant that nobody notices has survived, and says which test is missing.
#
#	mutants.sh [WORDS]	only those whose line has WORDS in it
#
# A line is: file | what is broken | sed expression. One that changes nothing is an error: the code
# has moved on and the list must follow.

cd "$(dirname "$0")" || exit 2
core=${CORE:-../../module/core}
build=${BUILD:-build}/mutants
runs=${RUNS:-330}
flags="-std=gnu11 -O1 -g -w -I$build/core -I."

list() {
	cat <<'LIST'
segment.c|the window is not checked|/First, check the sequence number/,/^}/s/if (toy_acceptable(.*/if (1)/
segment.c|a duplicate is not acknowledged|s/^\t\ttoy_receive_duplicate(c, seg);\n\t\treturn false/XX/;/v->drop = TOY_DROP_DUPLICATE;/,/return/s/toy_receive_duplicate(c, seg);//
segment.c|RST anywhere in the window resets|s/if (seg->seq != c->rcv_nxt) {/if (0) {/
segment.c|RST is ignored in CLOSE-WAIT|/case TOY_CLOSE_WAIT:/,/break;/s/toy_fail.*//
segment.c|SYN on an open connection is ignored|/v->drop = TOY_DROP_SYN_SYNCED;/,/return/s/toy_challenge(c, now);//
segment.c|a segment without ACK is processed|s/if (!(seg->flags & TOY_ACK)) {/if (0) {/
segment.c|ACK of what was never sent is believed|s/if (seq_gt(seg->ack, c->snd_nxt)) {/if (0) {/
segment.c|very old ACK is not challenged|s/if (seq_lt(seg->ack, c->snd_una - c->max_snd_wnd)) {/if (0) {/
segment.c|a bad ACK in SYN-SENT is not reset|s/v->reset = !(seg->flags & TOY_RST);/v->reset = false;/
segment.c|RST without ACK refuses an open|s/^\t\tif (ack)$/\t\tif (1)/
segment.c|PAWS is off|s/if (!toy_paws_old(seg->tsval, c->ts_recent) .*/if (1)/
segment.c|PAWS holds for RST too|s/if (!c->ts_ok .. (seg->flags & TOY_RST))/if (!c->ts_ok)/
segment.c|TS.Recent is never old|s/age > 24 \* 24 \* 3600/0/
segment.c|TS.Recent is taken beyond holes|s/ .. seq_gt(seg->seq, c->last_ack_sent)//
segment.c|segments without agreed timestamps pass|s/if (!(seg->opts & TOY_OPT_TS)) {/if (0) {/
segment.c|a window update is a duplicate ACK|s/(u32)seg->wnd << c->snd_wscale == c->snd_wnd/1/
segment.c|data is a duplicate ACK|s/ \&\& !seg->len \&\& !(seg->flags/ \&\& !(seg->flags/
segment.c|the window of SYN is scaled|s/c->snd_wnd = seg->wnd;/c->snd_wnd = seg->wnd << c->snd_wscale;/
segment.c|LISTEN answers RST|/3.10.7.2/,/^}/s/if (in->flags & TOY_RST).*/if (0)/
segment.c|a reset answers a reset|/^bool toy_reset_for/,/^}/s/if (in->flags & TOY_RST)/if (0)/
segment.c|the reset of a segment without ACK forgets its length|s/out->ack = in->seq + toy_seg_space(in);/out->ack = in->seq;/
segment.c|FIN-WAIT-2 is skipped|s/toy_enter(c, TOY_FIN_WAIT_2, TOY_WHY_FIN_ACKED)/toy_enter(c, TOY_TIME_WAIT, TOY_WHY_FIN_ACKED)/
segment.c|an orphan waits for ever in FIN-WAIT-2|s/if (c->orphan)$/if (0)/
segment.c|an answered probe is a failure|s/c->retries = 0;\t\t.. MUST-37.*/;/
segment.c|simultaneous open sends no SYN again|s/^\t\tc->rtx_end = c->iss + 1;/\t\tc->rtx_end = c->iss;/
segment.c|URG is ignored|s/if (seg->flags & TOY_URG)/if (0)/
segment.c|an urgent pointer is told again and again|s/ || (c->rcv_urgent && seq_leq(up, c->rcv_up))//
segment.c|an urgent pointer to what came is news|s/if (seq_leq(up, c->rcv_nxt) || /if (/
segment.c|the ACK of a peer that filled our window is refused|s/if (!space \&\& !(seg->flags & TOY_RST) \&\& seg->seq == c->rcv_adv)/if (0)/
send.c|the urgent pointer is the last urgent octet|s/min_t(u32, c->snd_up - out->seq, 0xffff)/min_t(u32, c->snd_up - out->seq - 1, 0xffff)/
send.c|URG stays on for ever|s/if (!toy_urgent(c) || seq_geq(out->seq, c->snd_up))/if (!toy_urgent(c))/
send.c|SND.UP stays behind|s/c->snd_up = seq_max(c->snd_up, c->snd_una);/;/
send.c|a closed window hides urgent data|/^void toy_conn_urgent/,/^}/s/toy_ack_now.*/;/
send.c|urgent data waits for Nagle|s/if (rest \&\& (c->fin_queued || toy_urgent(c)))/if (rest \&\& c->fin_queued)/
receive.c|FIN takes no number|s/^\tc->rcv_nxt++;$/;/
receive.c|FIN is not acknowledged|/^static void take_fin/,/^}/s/toy_ack_now.*//
receive.c|FIN is told to nobody|s/c->events .= TOY_EV_FIN . TOY_EV_READABLE;//
receive.c|the right edge is one too far|s/u32 end = seq_min(first + seg->len, edge);/u32 end = seq_min(first + seg->len, edge + 1);/
receive.c|a straddling segment is not trimmed|s/v->skip = start - first;/v->skip = 0;/
receive.c|a held segment is delivered whole|s/r->skip += c->rcv_nxt - r->seq;//
receive.c|the window counts nothing that waits|s/return c->rcv_limit > used ? c->rcv_limit - used : 0;/return c->rcv_limit;/
receive.c|silly windows are offered|s/wnd - current_wnd < window_step(c))/0)/
receive.c|silly window updates are sent|s/ \&\& wnd - current_wnd >= window_step(c))/)/
receive.c|no window update is sent|s/toy_ack_now(c, TOY_SENT_WINDOW);/;/
receive.c|a window that cannot be told is updated|s/min_t(u32, room(c), 0xffffU << c->rcv_wscale)/room(c)/
receive.c|rounding up beyond the buffer|s/if (up << shift <= room(c))/if (1)/
receive.c|ACKs are never delayed|s/if (c->quick_acks .. c->rcv_unacked/if (1 || c->rcv_unacked/
receive.c|ACKs are delayed for ever|s/toy_timer_need(c, TOY_TIMER_DELACK, now + c->knobs.delack);/;/
receive.c|every third segment is acknowledged|s/c->rcv_unacked >= 2U \* c->rcv_mss/c->rcv_unacked >= 3U * c->rcv_mss/
receive.c|a filled hole is acknowledged late|s/^\tif (filled)$/\tif (0)/
receive.c|segments out of order are not acknowledged|/^static void hold/,/^}/s/toy_ack_now(c, TOY_SENT_ACK);.*//
receive.c|SACK blocks are not joined|s/if (seq_leq(b->start, end) \&\& seq_geq(b->end, start)) {/if (0) {/
receive.c|SACK blocks stay for ever|s/if (seq_gt(c->sacks\[i\].start, c->rcv_nxt))/if (1)/
receive.c|no DSACK|/^static void set_dsack/,/^}/s/c->dsack_set = true;//
receive.c|data after close is taken|s/toy_conn_abort(c, TOY_WHY_DATA_AFTER_CLOSE, ECONNRESET);//
receive.c|no room is no matter|s/if (seg->no_room \&\& seg->len) {/if (0) {/
ranges.c|what is there already is taken again|s/if (seq_geq(t->end, r->end) \&\& (t->fin .. !r->fin))/if (0)/
ranges.c|trimming forgets to skip|s/r->skip += to - r->seq;//
send.c|the peer's window is ignored|s/s32 window = (s32)(c->snd_una + c->snd_wnd - c->snd_nxt);/s32 window = 1 << 20;/
send.c|the congestion window is ignored|s/return wnd > flight ? wnd - flight : 0;/return 1 << 24;/
send.c|FIN is forgotten|s/return c->fin_queued \&\& end == c->snd_end;/return false;/
send.c|FIN goes without room|s/fin = fin_at(c, c->snd_nxt + len) \&\& (u32)window > len;/fin = fin_at(c, c->snd_nxt + len);/
send.c|PSH is never set|s/flags |= TOY_PSH;/;/
send.c|Nagle is off|s/if (!c->knobs.nodelay \&\& seq_gt(c->small_end, c->snd_una))/if (0)/
send.c|Nagle cannot be switched off|s/if (!c->knobs.nodelay \&\& seq_gt/if (seq_gt/
send.c|crumbs of a window are used|s/return len >= c->max_snd_wnd \/ 2;/return true;/
send.c|probes are empty|s/put_data(c, out, c->snd_una, data, fin, TOY_SENT_PROBE, now);/put_data(c, out, c->snd_una, 0, 0, TOY_SENT_PROBE, now);/
send.c|what the peer took of a probe is forgotten|s/c->snd_nxt = seq_max(c->snd_nxt, c->snd_una + 1);//
send.c|a keepalive probe stands at SND.NXT|s/fill(c, out, c->snd_una - 1, TOY_ACK, TOY_SENT_KEEPALIVE, now);/fill(c, out, c->snd_nxt, TOY_ACK, TOY_SENT_KEEPALIVE, now);/
send.c|what lies beyond the window is sent again|s/u32 edge = seq_min(c->rtx_end, c->snd_una + c->snd_wnd);/u32 edge = c->rtx_end;/
send.c|SYN,ACK goes without ACK|s/answer ? TOY_SYN . TOY_ACK : TOY_SYN, why, now/TOY_SYN, why, now/
send.c|no limited transmit|s/wnd += c->dup_acks \* c->mss;//
send.c|idle does not restart the window|s/^\tc->cong.cwnd = restart;//
send.c|the window of an old segment is taken|s/if (!(seq_gt(seg->ack, c->snd_una).*/if (0 \&\& !(1 ||/
send.c|the window of a better ACK is not taken|s/if (!(seq_gt(seg->ack, c->snd_una) ||/if (!(/
send.c|windows are not scaled|s/c->snd_wnd = (u32)seg->wnd << c->snd_wscale;/c->snd_wnd = seg->wnd;/
send.c|challenges are not limited|s/if (c->challenge_count >= c->knobs.challenge_limit) {/if (0) {/
send.c|challenges stop for ever|s/c->challenge_count = 0;//
send.c|the timer is not restarted by progress|/^void toy_send_acked/,/^}/s/toy_timer_clear(c, TOY_TIMER_RETRANSMIT);/;/
send.c|every partial ACK restarts the timer|s/if (!c->in_recovery .. first_partial .. seq_geq(seg->ack, c->recover))/if (1)/
send.c|full segments carry no room for SACK|s/u32 mss = c->mss - sack_space(c);/u32 mss = c->mss;/
send.c|timestamps are left out|s/^\tif (c->ts_ok) {/\tif (0) {/
send.c|the echo is not TS.Recent|s/out->tsecr = flags & TOY_ACK ? c->ts_recent : 0;/out->tsecr = out->tsval;/
send.c|the reset stands elsewhere|s/fill(c, out, bare_seq(c), flags, TOY_SENT_RESET, now);/fill(c, out, c->snd_una, flags, TOY_SENT_RESET, now);/
rtt.c|Karn's rule is broken|/^void toy_rtt_rexmit/,/^}/s/c->rtt_start = 0;//
rtt.c|the backoff stays|s/c->backoff = 0;.*//
rtt.c|RTO is not backed off|s/(u64)c->rto << min_t(u8, c->backoff, 20)/(u64)c->rto/
rtt.c|the mean is taken before the variation|s/c->rttvar = (u32)(((u64)c->rttvar \* 3 + diff) \/ 4);/c->rttvar = (u32)(((u64)c->rttvar * 7 + diff) \/ 8);/
rtt.c|the echo of a lost ACK is a sample|s/seq_geq(seg->tsecr, toy_ts_clock(c->ts_offset, c->last_sent))/1/
rtt.c|the timestamp clock is ten times too fast|s/div_u64(now, TOY_USEC_PER_MSEC) + offset/div_u64(now, 100) + offset/
loss.c|two duplicates are enough|s/#define DUP_THRESH\t3/#define DUP_THRESH\t2/
loss.c|duplicates after a timeout start a recovery|s/ \&\& !c->in_loss \&\& seq_geq(c->snd_una, c->recover))/)/
loss.c|a partial ACK ends recovery|s/if (seq_geq(c->snd_una, c->recover)) {/if (1) {/
loss.c|a partial ACK sends nothing|/^static void recovery_acked/,/^}/s/^\tresend_first(c);//
loss.c|cwnd stays inflated|s/g->cwnd = min_t(u32, g->ssthresh, flight + c->mss);//
loss.c|cwnd survives a timeout|/^void toy_loss_timeout/,/^}/s/c->cong.cwnd = c->mss;//
loss.c|ssthresh falls with every timeout|s/if (c->retries <= 1).*/if (1)/
loss.c|a lost SYN does not count|s/if (c->total_rtx)/if (0)/
loss.c|an unused window grows|s/^\tif (used)$/\tif (1)/
cong_reno.c|no floor for ssthresh|s/max_t(u32, toy_loss_flight(c) \/ 2, 2 \* c->mss)/toy_loss_flight(c) \/ 2/
cong_reno.c|ACK division pays|s/u32 grow = min_t(u32, bytes, c->mss);/u32 grow = c->mss;/
cong_reno.c|avoidance is slow start|s/if (g->cwnd < g->ssthresh) {/if (1) {/
timer.c|nothing is sent again|/^static void on_retransmit/,/^}/s/toy_loss_timeout(c);/;/
timer.c|R2 does not exist|s/if (c->retries >= retries_allowed(c)) {/if (0) {/
timer.c|R1 is told to nobody|s/c->events .= TOY_EV_ADVISE;//
timer.c|a closed window is not probed|s/^\tc->probe_now = true;//
timer.c|no persist timer|s/if (closed \&\& (out .. waits))/if (0)/
timer.c|no override timer|s/if (waits \&\& !out \&\& !closed \&\& toy_state_synced(c->state))/if (0)/
timer.c|no user timeout|s/if (c->knobs.user_timeout \&\& (out .. waits))/if (0)/
timer.c|keepalive beside outstanding data|s/(silent < c->knobs.keep_idle .. toy_conn_unacked(c))/(silent < c->knobs.keep_idle)/
timer.c|one keepalive probe is death|s/return c->keep_sent >= c->knobs.keep_probes;/return c->keep_sent;/
timer.c|the user timeout does not count for probes|s/if (c->knobs.user_timeout)$/if (0)/
timer.c|R1 is not told|s/c->soft_err = ETIMEDOUT;/;/
timer.c|orphans are immortal|s/if (c->orphan \&\& c->orphan_probes++ >= c->knobs.orphan_retries) {/if (0) {/
close.c|shutdown forgets FIN|s/c->fin_queued = true;//
close.c|abort sends no reset|s/^\t\tc->rst_now = true;//
close.c|hard errors end established connections|s/if (hard \&\& toy_opening(c)) {/if (hard) {/
close.c|a smaller path sends nothing again|/^void toy_conn_set_path_mss/,/^}/s/toy_resend_all(c);//
close.c|timers survive the end|s/toy_timers_off(c);//
open.c|options are not taken off the MSS|s/mss - toy_ts_space(c)/mss/
ecn.c|a mark is not echoed|s/c->ecn_echo = true;/;/
ecn.c|CWR does not end the echo|s/c->ecn_echo = false;/;/
ecn.c|each echo makes the window smaller|s/ .. seq_lt(c->snd_una, c->ecn_end))/)/
ecn.c|the peer is not told|s/out->flags .= TOY_CWR;/;/
ecn.c|nothing may be marked|s/out->ecn = TOY_ECT0;/;/
segment.c|an unasked ECE agrees|s/c->ecn_ok = c->knobs.ecn == 1 \&\& /c->ecn_ok = /
segment.c|anything is a sign of life|/^void toy_conn_segment/,/^}/s/^\tswitch (c->state) {/\theard(c, now);\n&/
rtt.c|probes that are taken come as fast as ever|s/if (!c->probed .. c->snd_wnd)/if (1)/
pmtu.c|no black hole is suspected|/^void toy_mtu_timeout/,/^}/s/^\tset(c,.*//
pmtu.c|a black hole is suspected at once|s/c->retries < c->knobs.retries1/0/
pmtu.c|no larger segment is tried|/^u32 toy_mtu_probe/,/^}/s/^\treturn len;/\treturn 0;/
pmtu.c|what was lost is tried again at once|s/c->mtu_again = now + MTU_AGAIN;/c->mtu_again = now;/
pmtu.c|the loss of what was tried is congestion|/^bool toy_mtu_lost/,/^}/s/return true;/return false;/
open.c|the path does not limit the MSS|s/min_t(u32, c->peer_mss, c->path_mss)/c->peer_mss/
open.c|no three seconds after a lost SYN|s/^\tif (c->total_rtx \&\& !c->srtt)/\tif (0)/
open.c|R2 of SYN is one short|s/.syn_retries = 7,/.syn_retries = 6 - 2,/
request.c|any ACK opens|s/if (in->ack != req->iss + 1)/if (0)/
request.c|RST anywhere returns to LISTEN|s/if (in->seq == rcv_nxt)$/if (1)/
request.c|the same SYN again is not answered|s/in->seq == req->irs)$/0)/
request.c|unasked options are offered|s/if (knobs->timestamps \&\& (syn->opts & TOY_OPT_TS)) {/if (knobs->timestamps) {/
request.c|SYN,ACK is sent again without backoff|s/knobs->rto_init << min_t(u8, req->retries, 20)/knobs->rto_init/
timewait.c|FIN again does not restart 2MSL|s/return TOY_ANSWER_RESTART;/return TOY_ANSWER_ACK;/
timewait.c|RST always ends it|s/ .. rfc1337)/)/
timewait.c|any SYN is a new incarnation|/^static bool is_new_incarnation/,/^}/s/bool ts = in->opts & TOY_OPT_TS;/bool ts = 1; return true;/
timewait.c|ACKs are not limited|s/if (tw->challenged)/if (0)/
timewait.c|2MSL is over at once|s/return left > 0 ? (u32)left : 0;/return 0;/
timewait.c|2MSL is up to a millisecond short|s/now + TOY_USEC_PER_MSEC - 1,/now,/
timewait.c|the new ISS may be old|s/return seq_gt(iss, least) ? iss : least;/return iss;/
wire.c|illegal option lengths are believed|s/ .. p\[1\] < 2 .. p\[1\] > end - p) {/ || p[1] < 1) {/
wire.c|a shift above 14 counts|s/min_t(u8, p\[2\], TOY_WSCALE_MAX)/p[2]/
wire.c|the data offset may point anywhere|s/if (seg->hlen < TOY_HDR_MIN .. seg->hlen > headlen .. seg->hlen > seglen)/if (seg->hlen < TOY_HDR_MIN)/
isn.c|the clock stands still|s/return hash + (u32)(now \/ ISN_TICK);/return hash;/
LIST
}

compile() {	# file object
	gcc $flags -fsanitize=address,undefined -fno-sanitize-recover=all -c -o "$2" "$1"
}

mkdir -p "$build/core" "$build/obj"
cp "$core"/*.[ch] "$build/core/"
for file in "$build"/core/*.c *.c; do
	compile "$file" "$build/obj/$(basename "$file" .c).o" || exit 2
done

obj() {
	for file in "$@"; do echo "$build/obj/$(basename "$file" .c).o"; done
}
both=$(obj "$build"/core/*.c end.c ladder.c laws.c)
unit=$(obj tap.c rig.c test_*.c)
sim=$(obj sim*.c)

# 0: somebody noticed
noticed() {
	gcc -fsanitize=address,undefined -o "$build/unit" $both $unit || return 0
	timeout 60 "$build/unit" >/dev/null 2>&1 || return 0
	gcc -fsanitize=address,undefined -o "$build/sim" $both $sim || return 0
	timeout 120 "$build/sim" --runs "$runs" --seed 1 >/dev/null 2>&1 || return 0
	return 1
}

if noticed; then
	echo "Bail out! the tests fail without any mutant"
	exit 2
fi

nr=0 survived=0 stale=0
while IFS='|' read -r file what how; do
	case "$file|$what" in *"${1-}"*) ;; *) continue ;; esac
	nr=$((nr + 1))
	object=$build/obj/${file%.c}.o
	cp "$object" "$object.good"
	sed "$how" "$core/$file" >"$build/core/$file"
	if cmp -s "$core/$file" "$build/core/$file"; then
		echo "not ok $nr - $file: $what # the expression changes nothing"
		stale=$((stale + 1))
	elif ! compile "$build/core/$file" "$object" 2>/dev/null; then
		echo "not ok $nr - $file: $what # does not compile"
		stale=$((stale + 1))
	elif noticed; then
		echo "ok $nr - $file: $what"
	else
		echo "not ok $nr - $file: $what # SURVIVED"
		survived=$((survived + 1))
	fi
	mv "$object.good" "$object"
	cp "$core/$file" "$build/core/$file"
done < <(list)

echo "1..$nr"
echo "# $nr mutants, $survived survived, $stale do not apply"
[ "$survived" -eq 0 ] && [ "$stale" -eq 0 ]
