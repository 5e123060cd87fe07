// Package page has the pages on which a learner of an Open edX books, moves, cancels and
// begins a proctored exam, and on which the proctor's code is typed. They need no script
// and no cookie of their own, and are in English: plain ones to begin with, until an
// operator has others.
//
//	links, err := openedx.NewLinks("https://exams.example.org/sit", keys)
//	p, err := openedx.New(s, platforms, exams, openedx.WithLink(links.URL))
//	pages, err := page.New(p, s, store)
//	gate, err := p.Gate(links, pages.Serve) // for what comes below /sit/: see package openedx
//
// To replace them, give Gate another [openedx.PageFunc]. It needs nothing that these pages
// have not: the methods of openedx.Provider and scheduling.Scheduler, and what package
// problem says of their errors.
//
// # What a learner sees
//
//	not identified yet      to wait, or to ask the exam office; it looks again by itself
//	data are missing        a form for name, phone and country
//	nothing booked          free times, a day at a time, in the learner's zone
//	canceled, not booked,   the same, below what became of the booking, with its time and why
//	void, not attended
//	can't be booked         why not
//	being checked           to wait, and not to book anew; it looks again by itself
//	booked                  the time, free times to move to, cancel, and begin when it is time
//	moved by the provider   the same, below the time that it had before
//	a move was refused      the same, below why
//	begun                   the way to the proctor, and a form for the code; before the exam's
//	                        window opens, from when on the code is taken
//	unlocked                to go to the exam, and the time that is left, or that it is over
//	finished                that it is
//
// A form that is sent twice does its work once: the Scheduler sees to that. Answers hold
// nothing personal but the times and the zone, and no page can be framed or kept by a
// cache: see [openedx.Provider.Gate].
package page
