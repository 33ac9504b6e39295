/* One sale of the till against one payment channel, over a line that loses, doubles, delays and reorders everything.
 *
 * Spin walks through every order in which the till, the customer, the channel and the line can act; `check` beside this
 * file runs it. till.pml acts as ledger/payment.go, ledger/intents.go, ledger/report.go and ledger/refund.go let it: a
 * line `next: whileLive` there names the function that a piece of the model stands for. channel.pml is everything else.
 *
 * THE PROPERTIES, and the promise of the house plan (section 2) that each stands for
 *
 *   ONCE     at no instant is more than the price taken from the customer and not given back           promises 1, 2, 4
 *   HELD     PAID at the till: the channel holds exactly one price for that order, and no cancel of the
 *            till's own has given it back; at most one attempt of the sale is PAID                     promises 1, 3
 *   SHOWN    what the screen once called PAID is PAID in the ledger after every restart                promise 3
 *   REFUNDS  an order gives back no more than was taken, and the till never asks for more by sending
 *            a refund under a second number                                                            promise 6
 *   REST     when nothing is on its way and the till owes nothing, the customer has paid nothing or the
 *            price, and the price only for a sale that is PAID or named as an exception                promises 1, 5
 *   OWED     the till never stops with something owed (Spin: no invalid end state)                     promises 4, 5
 *
 * WHAT DEPENDS ON THE CHANNEL. ONCE holds only where a cancel is final for the order number: where cancelling a number that
 * the channel has not seen yet leaves a tombstone, so that the request, when it arrives after all, is refused. The variant
 * NO_TOMBSTONE is the same till at a channel without: the customer is charged twice, and no till can prevent it. The
 * setting LATE_MONEY says what is left there: the second charge is always on an attempt that had ended, it is refunded
 * once, and at rest the customer has paid once or not at all. How long that takes is not in the model. HELD rests on a
 * second word of the channel: a cancel that it refuses for good stays refused (the variant DENIAL_NOT_FINAL).
 *
 * WHAT IS LEFT OUT. Time: every wait may end at once or never, so "a minute without an answer" and "the code's life is
 * over" can be true at any moment, and no promise in seconds is shown (T = 120 s, 60 s, 1 s). Amounts: one price,
 * charged and refunded whole; no refunds that a person orders, no two cashiers; of ledger/refund.go only owed, asked,
 * returned, and failed (Named). Forgery: every answer is the channel's own and names the right five fields. Two
 * channels: attempts differ in their number alone. The two ways: a customer code is sent once, and both ends of a paid
 * order are there (a code's cancel gives money back, a QR's close is refused), but not the QR's own road: its order
 * repeated under one number, and "withdrawn" with its watch list. Such a QR is, to the sale, an end without a tombstone,
 * so ONCE is not shown for it. Failed ("wants a reversal") counts as waiting. The journal: an event is one step, durable
 * or not there; promises 7, 8, 9 and 10 are not touched. The statement is read once the line is empty, and is right.
 * That the till comes to rest is not shown, only what is true when it does.
 *
 * The model is wilder than the till in three things, which only adds cases: a query, a cancel and the code itself may be on
 * the line together; the code may still leave when its attempt has been stopped; the cancel may leave without any answer
 * to the last query.
 *
 * SIZES: ATTEMPTS order numbers for the sale; FLIGHT messages on the line at once about one order and LINE in all. On a full
 * line the next one is lost.
 */

#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif
#ifndef FLIGHT
#define FLIGHT 2
#endif
#ifndef LINE
#define LINE (ATTEMPTS * FLIGHT)
#endif
#define PRICE 1

/* ONLY limits the assertions to one property, so that a faulty till is seen to break the one it should. */
#ifndef ONLY
#define ONLY 0
#endif
#define ONCE 1
#define HELD 2
#define SHOWN 3
#define REFUNDS 4
#define REST 5
#define OWED 6
#define CHECKS(property) (ONLY == 0 || ONLY == property)

#ifdef FRESH_REFUND_NUMBER
#define LATE_MONEY
#endif
#ifdef LATE_MONEY
#define NO_TOMBSTONE
#endif

#if ATTEMPTS == 2
#define ALL(p) (p(0) && p(1))
#define SUM(f) (f(0) + f(1))
#elif ATTEMPTS == 3
#define ALL(p) (p(0) && p(1) && p(2))
#define SUM(f) (f(0) + f(1) + f(2))
#endif

/* ---- The till's ledger: all that a crash leaves ---- */

mtype:state = { None, Intent, Asking, Waiting, Unknown, Paid, Refused, Unsent, Stopping, Closing, Closed, Reversed,
	Orphan, Refunding, Returned, Named };
mtype:state till[ATTEMPTS] = None;
bit cancelled[ATTEMPTS]; /* CloseSeq is set: answers begun before it are stale */
bit closeOwed[ATTEMPTS]; /* in Closing, a close is owed; else a query */
bit denied[ATTEMPTS];    /* the last cancel was refused for good */
byte opened;             /* order numbers used */
bit over;                /* the sale rests and its day is closed */

/* ---- In the till's memory ---- */

bit code[ATTEMPTS]; /* the customer's code, until it is sent */
#ifdef SHOWN_BEFORE_DURABLE
bit unwritten[ATTEMPTS]; /* PAID is on the screen and not yet in the ledger */
#endif
#ifdef DEBT_FORGOTTEN
bit forgotten[ATTEMPTS];
#define REMEMBERED(a) (!forgotten[a])
#else
#define REMEMBERED(a) true
#endif

/* ---- The channel ---- */

mtype:order = { Unseen, Keying, Charged, Rejected, Ended, GivenBack, Refunded, Tomb };
mtype:order bank[ATTEMPTS] = Unseen;
byte taken[ATTEMPTS], back[ATTEMPTS]; /* from the customer, to the customer */
bit final[ATTEMPTS];                  /* cancels of this order are refused for good */
byte refunds[ATTEMPTS];               /* refund numbers carried out, a set */

/* ---- What only the oracle knows ---- */

bit shown[ATTEMPTS];  /* PAID was on the screen: the goods may be gone */
byte asked[ATTEMPTS]; /* refund numbers that were ever sent, a set */

/* ---- The line: sets of messages, one bit each. A message that is delivered stays until it is lost, so each may come any
 * number of times, at any later moment, in any order, or never. `fresh` is what began after the till's last stop, cancel or
 * cancel's answer on that order: the sequence numbers of Answer.Began, StopSeq and CloseSeq compared. ---- */

#define PAY 1
#define CANCEL 2
#define QUERY 4 /* fresh */
#define OLD_QUERY 8
#define REFUND 16
#define REFUND_ANEW 32 /* under another number: only the faulty till sends it */
byte asks[ATTEMPTS];

#define IS_PAID 1
#define IS_WAITING 2
#define IS_CLOSED 4
#define IS_REFUSED 8
#define IS_REVERSED 16
#define IS_ABSENT 32
#define IS_REFUNDED 64
byte fresh[ATTEMPTS], old[ATTEMPTS]; /* answers that say how an order stands */

#define ACCEPTED 1
#define DENIED 2
#define DONE 4       /* the refund under this number is done */
#define IMPOSSIBLE 8 /* nothing is left to refund */
byte words[ATTEMPTS]; /* answers to cancels and refunds */

byte flying[ATTEMPTS]; /* messages on the line */
#define FLYING(a) flying[a]
#define ROOM(a) (flying[a] < FLIGHT && SUM(FLYING) < LINE)
byte bits, other; /* scratch, 0 between two steps */

inline put(set, message) {
	if
	:: !(set & message) && ROOM(a) -> set = set | message; flying[a]++
	:: else
	fi
}

inline lose(set, message) { set = set & ~message; flying[a]-- }

/* ANY picks one message of a set, whichever. */
#define ANY(set) if :: set & 1 -> m = 1 :: set & 2 -> m = 2 :: set & 4 -> m = 4 :: set & 8 -> m = 8 :: set & 16 -> m = 16 \
	:: set & 32 -> m = 32 :: set & 64 -> m = 64 fi

/* age: the till writes something down, and what is on its way now began before it. */
inline age(a) {
	bits = fresh[a] & old[a];
	do :: bits -> flying[a]--; bits = bits & (bits - 1) :: else -> break od;
	old[a] = old[a] | fresh[a]; fresh[a] = 0;
	if :: asks[a] & QUERY && asks[a] & OLD_QUERY -> flying[a]-- :: else fi;
	if :: asks[a] & QUERY -> asks[a] = (asks[a] & ~QUERY) | OLD_QUERY :: else fi
}

#include "till.pml"
#include "channel.pml"

/* ---- The sale ---- */

/* Sale.MayAsk */
#ifdef BLIND_RETRY
#define GIVES_WAY(a) (till[a] == None || GONE(till[a]) || till[a] == Unknown)
#else
#define GIVES_WAY(a) (till[a] == None || GONE(till[a]))
#endif

#define NET(a) (taken[a] - back[a])
#define OWES_NOTHING(a) (GIVES_WAY(a) || till[a] == Paid || till[a] == Returned || till[a] == Named)
#define RESTS(a) (OWES_NOTHING(a) && bank[a] != Keying)
#define EXPLAINED(a) (NET(a) == 0 || till[a] == Paid || till[a] == Named)

/* The statement shows money that the till does not know of. With tombstones there is none, which REST asserts. */
inline match() {
	do
	:: a < ATTEMPTS && !EXPLAINED(a) -> orphan(a); a++
	:: a < ATTEMPTS && EXPLAINED(a) -> a++
	:: else -> a = 0; break
	od
}

active proctype sale() {
	byte a = 0;
	atomic { do :: a < ATTEMPTS -> run worker(a); run channel(a); a++ :: else -> a = 0; break od }
	do
	:: d_step { opened < ATTEMPTS && ALL(GIVES_WAY) -> till[opened] = Intent; code[opened] = 1; opened++ }
	:: d_step { !over && !SUM(FLYING) && ALL(RESTS) ->
#ifdef LATE_MONEY
		if :: ALL(EXPLAINED) -> over = 1 :: else -> match() fi;
#else
		over = 1;
#endif
		assert(!CHECKS(REST) || !over || ALL(EXPLAINED) && (SUM(NET) == 0 || SUM(NET) == PRICE))
	}
	:: over -> break
	od
}

/* ---- The oracle sees both sides at every instant. ---- */

#ifdef LATE_MONEY /* what is beyond the price is on attempts that had ended */
#define COUNTS(a) (NET(a) * (LIVE(till[a]) || till[a] == Stopping || till[a] == Closing || till[a] == Paid))
#else
#define COUNTS(a) NET(a)
#endif
#define IS_HELD(a) (till[a] != Paid || NET(a) == PRICE)
#define PAIDS(a) (till[a] == Paid)
#define REFUNDED_ONCE(a) (back[a] <= taken[a] && ((asked[a] & 1) + (asked[a] >> 1)) * PRICE <= taken[a])

/* MEET says once that the walk has met a situation, so that `check` can tell when one is not met any more and the
 * properties hold because little happens. What was met is no part of a state. */
#define MEET(what, situation) :: d_step { situation -> c_code { meet(#what); } }
c_decl {
	static char met[1024];
	static void meet(char *what) {
		if (!strstr(met, what)) { strcat(strcat(met, what), " "); printf("met %s\n", what); }
	}
}

active proctype oracle() {
end:	do
#ifdef LATE_MONEY
	MEET(paid_after_denial, till[0] == Paid && denied[0])
	MEET(late_money_stops_the_other, till[0] == Orphan && till[1] == Stopping)
	MEET(charged_twice_and_on_its_way_back, NET(0) && NET(1) && till[0] == Refunding && till[1] == Paid)
	MEET(came_back_beside_paid, till[0] == Returned && till[1] == Paid && over)
	MEET(came_back_alone, till[0] == Returned && till[1] == None && over)
#if FLIGHT > 2
	MEET(late_cancel_before_the_refund, till[0] == Named && bank[0] == GivenBack && asked[0])
#endif
#else
	MEET(paid_after_denial, till[0] == Paid && denied[0])
	MEET(paid_beside_tombstone, till[0] == Closed && bank[0] == Tomb && till[1] == Paid)
	MEET(paid_after_reversal, till[0] == Reversed && till[1] == Paid && back[0])
	MEET(paid_after_refusal, till[0] == Refused && till[1] == Paid)
	MEET(paid_after_unsent, till[0] == Unsent && till[1] == Paid)
	MEET(charged_while_unknown, till[0] == Unknown && NET(0))
#if LINE > 2
	MEET(old_cancel_beside_paid, till[0] == Closed && till[1] == Paid && asks[0] & CANCEL)
#endif
	MEET(shown_and_over, shown[1] && over)
#endif
	:: CHECKS(ONCE) && SUM(COUNTS) > PRICE -> assert(false)
	:: CHECKS(HELD) && !(ALL(IS_HELD) && SUM(PAIDS) <= 1) -> assert(false)
	:: CHECKS(REFUNDS) && !ALL(REFUNDED_ONCE) -> assert(false)
	od
}
