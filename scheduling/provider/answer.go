package provider

import (
	"github.com/proctorbook/proctorbook/proctoru"
)

// AnswerKind is what an answer to a write proves.
type AnswerKind string

// The kinds of answers. Any other value, and the zero one, counts as AnswerUnknown.
const (
	// AnswerDone: carried out. Reserve and Move give the reservation's Number, Begin
	// the URL, if there is a page to go to.
	AnswerDone AnswerKind = "done"
	// AnswerNoNumber: Reserve or Move was carried out, and its number is not known.
	AnswerNoNumber AnswerKind = "no_number"
	// AnswerExists: this ReservationID was used for a reservation before. It does not
	// prove that this one is still active. Nothing was done this time.
	AnswerExists AnswerKind = "exists"
	// AnswerOverlap: refused, because the slot is gone, or the learner has something
	// else at that time, which may be this very reservation. Nothing was done.
	AnswerOverlap AnswerKind = "overlap"
	// AnswerRefused: refused for a reason that the provider named and you know. The
	// same call would be refused again. Nothing was done. Refusal tells why.
	AnswerRefused AnswerKind = "refused"
	// AnswerNumberDead: the reservation Number is canceled, and stays so. It proves
	// nothing about other numbers of the ReservationID. Nothing was done.
	AnswerNumberDead AnswerKind = "number_dead"
	// AnswerNotFound: there is no reservation Number, or none that may be changed
	// now. It does not prove that it was canceled. Nothing was done.
	AnswerNotFound AnswerKind = "not_found"
	// AnswerTooEarly: Begin must wait. Nothing was done.
	AnswerTooEarly AnswerKind = "too_early"
	// AnswerNotSent: provably not accepted, for no reason that lies in the call: no
	// connection, too many requests, a token refused. It is tried again later.
	AnswerNotSent AnswerKind = "not_sent"
	// AnswerUnknown: everything else. It may have been carried out now, later, or
	// never: a time-out, a cut or odd answer, an error of the server, a text that you
	// do not know.
	AnswerUnknown AnswerKind = "unknown"
)

// Answer is a provider's answer to a write.
type Answer struct {
	Kind    AnswerKind             // what the answer proves
	Number  proctoru.ReservationNo // of AnswerDone to Reserve and Move
	Refusal Refusal                // of AnswerRefused: why; "" is RefusalNotAllowed
	URL     proctoru.SecretURL     // of AnswerDone to Begin; zero if there is no page to go to
	Err     error                  // what went wrong, free of secrets and personal data; may be nil
}

// Refusal is why a provider refused a write for good.
type Refusal string

// The refusals.
const (
	RefusalNotAllowed     Refusal = "not_allowed"      // not for this reservation, or for a reason of no other kind
	RefusalInvalidRequest Refusal = "invalid_request"  // the request is malformed
	RefusalStartInPast    Refusal = "start_in_past"    // the start asked for is past
	RefusalLearner        Refusal = "provider_refuses" // it does not take the learner's data: they must be changed
)
