package proctorbooktest

// Variant is a question about a real service to which nobody knows the answer, or
// to which releases and installations give different ones. A fake plays Default
// until its method Play chooses one of the Alternatives.
type Variant struct {
	// Number is the place in the list of open questions about ProctorU's API; 0 is
	// none.
	Number int
	// Name is what Play takes, such as "repeated-id".
	Name string
	// Question is what is not known, in words.
	Question string
	// Known is how far Default is more than a guess, and what is known of the
	// alternatives. For ProctorU it begins with "recorded" (an answer of the service),
	// "seen in production clients" (they send or read it), or "nobody shows it"; "" says
	// nothing.
	Known string
	// Default is the answer that is played at first: what is best known, or the best guess.
	Default string
	// Alternatives are the other answers, which a client has to survive as well.
	Alternatives []string
}

// Route is one endpoint that a fake serves, as the comments of the clients name
// theirs: "POST" and "/addAdHocProcess".
type Route struct {
	// Method is the HTTP method that a client should send.
	Method string
	// Pattern is the path, with parameters in braces.
	Pattern string
}
