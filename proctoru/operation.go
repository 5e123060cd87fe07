package proctoru

import (
	"net/http"

	"github.com/proctorbook/proctorbook"
)

// stampField carries the time of sending, fresh for each attempt.
const stampField = "time_sent"

// operation is one method of the client and what it calls.
type operation struct {
	name     string // such as "Reservations.Create"
	method   string // GET: parameters in the query; POST: in a form
	path     string
	class    proctorbook.Class
	maxBytes int64  // 0 = the transport's default
	stamp    string // stampField, or "" for the methods that refuse it
	shape    shape  // of the answer
	kept     bool   // a write that the lock-out guard treats as a read: it ends or begins what exists
	body     []byte // JSON, in place of a form
	form     string // encoded already, in place of params
	room     []byte // where the answer is read to, see transport.Request
}

func get(name, path string) operation {
	return operation{name: name, method: http.MethodGet, path: path, class: proctorbook.Read, stamp: stampField}
}

func post(name, path string, class proctorbook.Class) operation {
	return operation{name: name, method: http.MethodPost, path: path, class: class, stamp: stampField}
}

// postKept is for the writes that the lock-out guard treats as it does reads.
func postKept(name, path string, class proctorbook.Class) operation {
	op := post(name, path, class)
	op.kept = true
	return op
}

// with returns the operation with its form.
func (op operation) with(w createWire) operation {
	op.form = w.form()
	return op
}

// shape is how a method's answer holds its data.
type shape int

const (
	enveloped shape = iota // under data of an envelope
	inRows                 // the same, and the data are read row by row
	orList                 // the same, or the whole answer is a list
	beside                 // in an envelope, perhaps beside its data: the whole answer counts
	bare                   // perhaps without an envelope: the whole answer counts
	binary                 // no JSON, unless it is an error
)
