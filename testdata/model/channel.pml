/* The channel, the customer and the line of sale.pml, for one order. */

/* standing answers how an order stands. */
inline standing(a, set) {
	if
	:: bank[a] == Unseen || bank[a] == Tomb -> put(set, IS_ABSENT)
	:: bank[a] == Keying -> put(set, IS_WAITING)
	:: bank[a] == Charged -> put(set, IS_PAID)
	:: bank[a] == Rejected -> put(set, IS_REFUSED)
	:: bank[a] == Ended -> put(set, IS_CLOSED)
	:: bank[a] == GivenBack -> put(set, IS_REVERSED)
	:: bank[a] == Refunded -> put(set, IS_REFUNDED)
	fi
}

/* A refund is carried out once for each number, and never beyond what was paid. */
inline refund(a, number) {
	if
	:: refunds[a] & number -> put(words[a], DONE)
	:: !(refunds[a] & number) && bank[a] == Charged ->
		bank[a] = Refunded; back[a] = back[a] + PRICE; refunds[a] = refunds[a] | number; put(words[a], DONE)
	:: else -> put(words[a], IMPOSSIBLE)
	fi
}

proctype channel(byte a) {
	byte m = 0;
end:	do
	/* Only the first request under a number does anything; a repeated one is told how the order stands. */
	:: d_step { asks[a] & PAY && bank[a] == Unseen -> bank[a] = Keying }
	:: d_step { asks[a] & PAY && bank[a] == Unseen -> bank[a] = Rejected; put(old[a], IS_REFUSED) }
	:: d_step { asks[a] & PAY && bank[a] == Tomb -> put(old[a], IS_CLOSED) }
	:: d_step { asks[a] & PAY && bank[a] != Unseen && bank[a] != Tomb -> standing(a, old[a]) }
	:: d_step { bank[a] == Keying -> bank[a] = Charged; taken[a] = taken[a] + PRICE }
	:: d_step { bank[a] == Keying -> bank[a] = Ended } /* the customer walks away */

	:: d_step { asks[a] & QUERY -> standing(a, fresh[a]) }
	:: d_step { asks[a] & OLD_QUERY -> standing(a, old[a]) }

	:: d_step { asks[a] & CANCEL && bank[a] == Unseen -> put(words[a], ACCEPTED)
#ifndef NO_TOMBSTONE
		; bank[a] = Tomb
#endif
	}
	:: d_step { asks[a] & CANCEL && bank[a] == Keying -> bank[a] = Ended; put(words[a], ACCEPTED) }
	:: d_step { asks[a] & CANCEL && bank[a] == Charged && !final[a] ->
		bank[a] = GivenBack; back[a] = back[a] + PRICE; put(words[a], ACCEPTED)
	}
	/* A QR's order that is paid, or a code's when it is too late. */
	:: d_step { asks[a] & CANCEL && bank[a] == Charged -> put(words[a], DENIED)
#ifndef DENIAL_NOT_FINAL
		; final[a] = 1
#endif
	}
	/* Accepted, but nothing comes of it, or only when it arrives again. */
	:: d_step { asks[a] & CANCEL && bank[a] != Unseen && !final[a] -> put(words[a], ACCEPTED) }

	:: d_step { asks[a] & REFUND -> refund(a, 1) }
	:: d_step { asks[a] & REFUND_ANEW -> refund(a, 2) }

	:: atomic { asks[a] -> ANY(asks[a]); d_step { lose(asks[a], m); m = 0 } }
	:: atomic { fresh[a] -> ANY(fresh[a]); d_step { lose(fresh[a], m); m = 0 } }
	:: atomic { old[a] -> ANY(old[a]); d_step { lose(old[a], m); m = 0 } }
	:: atomic { words[a] -> ANY(words[a]); d_step { lose(words[a], m); m = 0 } }
	od
}
