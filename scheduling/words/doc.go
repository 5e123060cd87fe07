// Package words says in plain English what the codes of package scheduling mean:
// why a learner may not book, what a cancel loses, what staff should do.
//
//	for _, reason := range status.Why[scheduling.ActionBook] {
//		fmt.Fprintln(w, words.Reason(reason.Code))
//	}
//
// Reason, Loss and State speak to the learner; Flag, Advice and Decision to staff. A
// code of a newer version, which has no sentence here, is returned as it is. The
// sentences have no names, numbers or times in them, and stay the same from one
// version to the next where they can: use them as the keys of a catalog of
// translations, as golang.org/x/text/message does, and let a test go over All.
//
//	printer.Sprintf(words.State(booking.State)) // "gebucht"
//
// examples/portal is written like that, in English and French.
package words
