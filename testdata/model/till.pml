/* The till's side of sale.pml: ledger/payment.go and the worker that carries out what is owed. */

/* ---- The till's decisions. Each is one event, and durable when it is taken. ---- */

#define LIVE(s) (s == Asking || s == Waiting || s == Unknown)
#define GONE(s) (s == Refused || s == Unsent || s == Closed || s == Reversed)

inline stop(a) { till[a] = Stopping; age(a) }

inline close(a) { till[a] = Closing; cancelled[a] = 1; closeOwed[a] = 1; age(a) }

/* Money on an attempt that had ended. Report: stopOthers. */
inline orphan(a) {
	till[a] = Orphan; age(a);
	do
	:: other < ATTEMPTS ->
		if
		:: other != a && till[other] == Intent -> till[other] = Unsent; code[other] = 0
		:: other != a && LIVE(till[other]) -> stop(other)
		:: else
		fi;
		other++
	:: else -> other = 0; break
	od
}

inline paid(a) {
#ifdef SHOWN_BEFORE_DURABLE
	shown[a] = 1; unwritten[a] = 1
#else
	till[a] = Paid
#endif
}

/* next, for an answer that says how an order stands */
inline hear(a, class, isFresh) {
	if
#ifndef STALE_BELIEVED
	:: cancelled[a] && !isFresh /* stale */
#endif
	:: else ->
		if
		:: LIVE(till[a]) -> whileLive(a, class)
		:: till[a] == Stopping -> whileStopping(a, class, isFresh)
		:: till[a] == Closing -> whileClosing(a, class)
		:: GONE(till[a]) -> afterEnd(a, class)
		:: till[a] == Orphan && isFresh -> whileOrphan(a, class)
		:: else
		fi
	fi
}

inline ends(a, class) {
	if
	:: class == IS_REFUSED -> till[a] = Refused
	:: class == IS_CLOSED -> till[a] = Closed
	:: class == IS_REVERSED -> till[a] = Reversed
	:: class == IS_REFUNDED -> till[a] = Named
	fi
}

/* next: whileLive */
inline whileLive(a, class) {
	if
	:: class == IS_PAID -> paid(a)
	:: class == IS_WAITING -> till[a] = Waiting
#ifdef ABSENT_IS_FAILURE
	:: class == IS_ABSENT -> till[a] = Refused
#else
	:: class == IS_ABSENT && till[a] == Waiting
	:: class == IS_ABSENT && till[a] != Waiting -> till[a] = Unknown
#endif
	:: else -> ends(a, class)
	fi
}

/* next: whileStopping */
inline whileStopping(a, class, isFresh) {
	if
	:: class == IS_PAID -> paid(a)
	:: (class == IS_WAITING || class == IS_ABSENT) && isFresh -> close(a)
	:: (class == IS_WAITING || class == IS_ABSENT) && !isFresh /* not the last query */
	:: else -> ends(a, class)
	fi
}

/* next: whileClosing, absentWhileClosing */
inline whileClosing(a, class) {
	if
#ifdef PAID_WHILE_CANCELLING
	:: class == IS_PAID -> till[a] = Paid
#else
	:: class == IS_PAID && denied[a] && !closeOwed[a] -> till[a] = Paid
	:: class == IS_PAID && !(denied[a] && !closeOwed[a]) -> closeOwed[a] = 1
#endif
	:: class == IS_WAITING -> closeOwed[a] = 1
	:: class == IS_ABSENT && closeOwed[a]
	:: class == IS_ABSENT && !closeOwed[a] -> till[a] = Closed /* and the code's life is over */
	:: class == IS_REFUSED -> till[a] = Closed
	:: else -> ends(a, class)
	fi
}

/* next: afterEnd */
inline afterEnd(a, class) {
	if
	:: class == IS_PAID -> orphan(a)
	:: class == IS_REFUNDED -> till[a] = Named
	:: else
	fi
}

/* next: whileReturning. Late money is refunded when a fresh query says that it is still there. The refund's number is fixed
 * here, before the first send. */
inline whileOrphan(a, class) {
	if
	:: class == IS_PAID -> till[a] = Refunding
	:: class == IS_CLOSED || class == IS_REVERSED -> till[a] = Reversed
	:: class == IS_REFUNDED -> till[a] = Named
	:: else
	fi
}

/* ---- The till at work on one attempt ---- */

#define OWES_QUERY(a) (LIVE(till[a]) || till[a] == Stopping || till[a] == Closing && !closeOwed[a] || till[a] == Orphan)
#define MAY_SEND(a, message) (REMEMBERED(a) && !(asks[a] & message) && ROOM(a))

proctype worker(byte a) {
	byte m = 0;
	do
	/* A code is sent from an intent alone, once, and after the mark "asking" is durable. */
	:: d_step { till[a] == Intent -> till[a] = Asking }
	:: d_step { till[a] == Intent -> till[a] = Unsent; code[a] = 0 } /* stopped, or the code has grown old */
	:: d_step { code[a] && till[a] != Intent -> code[a] = 0; put(asks[a], PAY) }
	/* No connection: not one byte has left. */
	:: d_step { code[a] && (till[a] == Asking || till[a] == Stopping) -> code[a] = 0; till[a] = Unsent }
	:: d_step { till[a] == Asking && !code[a] -> till[a] = Unknown } /* no answer in time */
	:: d_step { till[a] == Paid && !shown[a] -> shown[a] = 1 }

	/* A crash takes what is in memory. The restart trusts nothing: an intent may have been sent. */
	:: d_step { code[a] || shown[a] ->
		code[a] = 0;
		if :: till[a] == Intent -> till[a] = Unknown :: else fi;
#ifdef SHOWN_BEFORE_DURABLE
		unwritten[a] = 0;
#endif
		assert(!CHECKS(SHOWN) || !shown[a] || till[a] == Paid)
	}
#ifdef SHOWN_BEFORE_DURABLE
	:: d_step { unwritten[a] -> till[a] = Paid; unwritten[a] = 0 }
#endif
#ifdef SENT_BEFORE_DURABLE /* a restart knows nothing of the number that was sent */
	:: d_step { till[a] == Asking -> till[a] = Unsent; code[a] = 0 }
#endif
#ifdef DEBT_FORGOTTEN /* a restart knows the order, but not that something is owed */
	:: d_step { till[a] != None && !forgotten[a] -> forgotten[a] = 1; code[a] = 0 }
#endif

	/* The cashier's stop, the channel's limit, another way chosen, the close of the day. */
	:: d_step { LIVE(till[a]) -> stop(a) }
#ifdef SENT_IS_UNSENT /* a stop after the request has left is taken for one before */
	:: d_step { LIVE(till[a]) -> till[a] = Unsent; code[a] = 0 }
#endif
	:: d_step { till[a] == Stopping -> close(a) } /* the last query has brought nothing for a minute */

	/* What is owed is sent again and again. */
	:: d_step { OWES_QUERY(a) && MAY_SEND(a, QUERY) -> put(asks[a], QUERY) }
	:: d_step { GONE(till[a]) && old[a] & IS_PAID && MAY_SEND(a, QUERY) -> put(asks[a], QUERY) } /* next: stale */
	:: d_step { till[a] == Closing && closeOwed[a] && MAY_SEND(a, CANCEL) -> put(asks[a], CANCEL) }
	:: d_step { till[a] == Refunding && MAY_SEND(a, REFUND) -> put(asks[a], REFUND); asked[a] = asked[a] | 1 }
#ifdef FRESH_REFUND_NUMBER
	:: d_step { asked[a] && till[a] == Refunding && MAY_SEND(a, REFUND_ANEW) ->
		put(asks[a], REFUND_ANEW); asked[a] = asked[a] | 2
	}
#endif

	:: atomic { fresh[a] -> ANY(fresh[a]); d_step { hear(a, m, true); m = 0 } }
	:: atomic { old[a] -> ANY(old[a]); d_step { hear(a, m, false); m = 0 } }

	/* next: whileClosing, for the answer to a cancel: it ends nothing by itself. */
	:: d_step { words[a] & ACCEPTED && till[a] == Closing -> closeOwed[a] = 0; denied[a] = 0; age(a)
#ifdef CANCEL_BELIEVED
		; till[a] = Closed
#endif
	}
	:: d_step { words[a] & DENIED && till[a] == Closing -> closeOwed[a] = 0; denied[a] = 1; age(a) }
	:: d_step { words[a] & DONE && till[a] == Refunding -> till[a] = Returned }
	:: d_step { words[a] & IMPOSSIBLE && till[a] == Refunding -> till[a] = Named }

	:: over -> break
	od
}
