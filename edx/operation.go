package edx

import (
	"net/url"

	"github.com/proctorbook/proctorbook"
)

// family is a group of views that signal the same thing in the same way.
type family int

const (
	platform   family = iota
	proctoring        // edx-proctoring: 403 for a dead token, 400 for what is not there
	exams             // edx-exams, on a host of its own
)

// operation is one call of the platform.
type operation struct {
	name   string            // of the method, such as "Enrollments.Get"
	input  faults            // what is wrong with the input: if anything is, nothing is sent
	method string            // "" is GET
	class  proctorbook.Class // Read unless it changes something
	family family
	path   string // escaped, below the base URL
	query  url.Values
	form   url.Values // sent as a form; excludes body
	body   any        // sent as JSON
	patch  bool       // body is a merge patch
	long   bool       // the answer is a list without pages

	empty200 Reason // what an empty 200 means here; "" if it means nothing
	empty403 Reason // what an empty 403 means here; "" for ErrForbidden
	empty404 Reason // what an empty 404 means here; "" for ErrNotFound
	refusals []int  // statuses that, in the platform's own words, prove that nothing was done
}
