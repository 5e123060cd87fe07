// Package provider defines what package scheduling needs of a proctoring
// service. [ProctorU] is the adapter for a proctoru client. Read on if you
// implement [Provider] for another service, or wrap ProctorU to watch or change
// some of its calls:
//
//	type counting struct {
//		provider.ProctorU
//		reserves atomic.Int64
//	}
//
//	func (c *counting) Reserve(ctx context.Context, call provider.Call) provider.Answer {
//		c.reserves.Add(1)
//		return c.ProctorU.Reserve(ctx, call)
//	}
//
// # What an answer proves
//
// The booking engine acts on what each answer proves, so an implementation has one
// duty above all: claim only what is certain. A write that may have been carried
// out is [AnswerUnknown], whatever went wrong. A list that may be incomplete is an
// error. Too much doubt costs a few reads; too little loses or doubles a
// reservation.
//
// # Three ways to look
//
// List shows the active reservations of a learner. Evidence is the second
// source, which distinguishes canceled reservations from active ones; [Traits]
// tells the engine if there is none. Activity, and [Reporter] for all learners
// at once, give what the proctors reported.
//
// Optional abilities are interfaces of their own: [Reporter], [ProfileKeeper],
// [Paced] and [Checker]. A type that embeds a provider keeps its abilities.
package provider
