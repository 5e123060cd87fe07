// Package problem turns the errors of package scheduling into HTTP answers: a status, and
// a body by RFC 9457 (application/problem+json) that may go to the learner's browser.
//
//	booking, err := s.Book(r.Context(), exam, learner, start)
//	if err != nil {
//		log.WarnContext(r.Context(), "book", "error", err) // the error itself is for you alone
//		problem.Write(w, err)
//		return
//	}
//
// A body looks like this one, of status 409:
//
//	{
//		"type": "https://pkg.go.dev/github.com/proctorbook/proctorbook/scheduling/problem#TypeNotAllowed",
//		"title": "Not possible now",
//		"status": 409,
//		"detail": "This can't be done now, for the reasons given.",
//		"reasons": [{"code": "too_late"}]
//	}
//
// It holds plain sentences, codes, instants and, of the caller's own booking, the id; of
// wrong input what each field must be, as the [proctorbook.ValidationError] has it, which
// never quotes a value. It never holds what the error or its causes say otherwise, the
// words of a service, a learner's id, or anything personal. Who may see the booking at all is the caller's to check.
//
// # Types
//
// A [Type] is a URI that never changes: tell answers apart by it, and not by the status or
// the sentences. It also leads to its description on this page.
//
//	type                 status  when, and what the client does
//	TypeInvalid          422     the input is wrong: "errors" has field and problem of each, "fields" the names alone
//	TypeNotFound         404     no such booking or learner
//	TypeNotEnrolled      403     the learner is not enrolled as the exam asks; "reasons"
//	TypeNotAllowed       409     not now, or no more; "reasons"
//	TypeAlreadyBooked    409     there is a booking: move that one; "booking_id"
//	TypeBusy             409     another exam of the learner is in the way; "booking_id" of that one
//	TypeSlotTaken        409     choose another start; "free_starts"
//	TypeRefused          409     the provider said no, and nothing changed there; "reasons"
//	TypeTooEarly         409     begin again at "retry_at"
//	TypeNotBegun         503     no way into the session came: begin again after "retry_after"; if it lasts, show how to reach staff
//	TypeConflict         409     somebody changed it meanwhile: read it, and try again
//	TypeNotErasable      409     the learner's data are still needed; "retry_at"
//	TypeWrongCode        403     wrong unlock code: type it again
//	TypeCodeLocked       403     too many wrong codes: staff resets it
//	TypePending          202     accepted, and not settled: show "we are checking", look at "booking_id" after "retry_after"
//	TypeSaved            202     the profile is stored here, and goes to the provider later
//	TypeUnknown          504     it may have happened: look before trying again
//	TypeUnavailable      503     a service did not answer, nothing was done: try again after "retry_after"
//	TypeUnsupported      501     this provider can't do it
//	TypeInternal         500     for the operator: the log has the error
//
// Input is 422 and not 400: the request was read and understood, and what it asks for can't
// be meant. 400 is left to the program that reads the request. An unsettled booking is 202
// and not an error: what was asked for is stored and will be found out, and a client
// that repeats a request by its status must not repeat this one. Where nobody finds out by
// himself the status is 504, since a service behind this one did not answer; some proxies
// repeat requests at 504, so send writes with a method that they don't repeat, such as
// POST.
package problem
