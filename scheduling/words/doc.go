// Package words says in plain English what codes of package scheduling mean: ReasonCode,
// Loss, State, Advice, Decision, and the reason of an Attention. It tells why a learner may
// not book, what a cancel loses, what staff should do. Of EventType, Actor, Presence,
// Verdict, the codes of preflight and the troubles of openedx it has no sentences.
//
//	for _, reason := range status.Why[scheduling.ActionBook] {
//		fmt.Fprintln(w, words.Reason(reason.Code))
//	}
//
// Reason, Loss and State speak to the learner; Flag, Advice and Decision to staff. A
// sentence of Reason holds wherever its code is stored: canceled_by_us is also a cancel by
// staff, and gave_up also a move after which the old start stands. The state says the rest. A
// code of a newer version, which has no sentence here, is returned as it is. The
// sentences have no names, numbers or times in them, and stay the same from one
// version to the next where they can: use them as the keys of a catalog of
// translations, as golang.org/x/text/message does, and let a test go over All.
//
//	printer.Sprintf(words.State(booking.State)) // "gebucht"
//
// examples/portal is written like that, in English and French.
package words
