package proctoru

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"

	"github.com/proctorbook/proctorbook"
)

// Operation is a call of a wire method for which the client has no method of
// its own. See [Client.Do].
type Operation struct {
	Wire   string            // the wire method's name, such as "getTOS" or "exams/add_record_plus_exams"
	Method string            // GET sends Params in the query; POST, the default, as a form
	Class  proctorbook.Class // the zero value, Read, may be sent more than once
	Params url.Values        // as the wire wants them; time_sent is added

	// Bare is for a method that answers without an envelope, or beside the data
	// of its envelope: Do returns the whole answer. An envelope that reports an
	// error is still an error.
	Bare     bool
	NoStamp  bool  // leave time_sent out
	MaxBytes int64 // largest answer; 0 = 1 MiB
}

var wireName = regexp.MustCompile(`^[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*$`)

// Do calls any wire method and returns the data of its envelope. It is for
// methods that the client does not have yet; the same limits, retries and errors
// apply. The data may hold tokens and personal data.
//
// It returns a [*proctorbook.ValidationError] for a Wire that is not words joined
// by /, and for a Method other than GET and POST; other errors are those of every
// call.
func (c *Client) Do(ctx context.Context, op Operation) (json.RawMessage, error) {
	v := validation{op: "Do"}
	v.check("Wire", wireName.MatchString(op.Wire), "must be words of letters, digits and _, joined by /")
	v.check("Method", op.Method == "" || op.Method == http.MethodGet || op.Method == http.MethodPost, "must be GET or POST")
	v.check("Class", op.Class >= proctorbook.Read && op.Class <= proctorbook.Write, "must be Read, IdempotentWrite or Write")
	v.check("MaxBytes", op.MaxBytes >= 0, "must not be negative")
	if err := v.err(); err != nil {
		return nil, err
	}
	o := operation{name: "Do " + op.Wire, method: http.MethodPost, path: "/" + op.Wire, class: op.Class, maxBytes: op.MaxBytes, stamp: stampField}
	if op.Method != "" {
		o.method = op.Method
	}
	if op.Bare {
		o.shape = bare
	}
	if op.NoStamp {
		o.stamp = ""
	}
	params := op.Params
	if params == nil {
		params = url.Values{}
	}
	_, e, err := sendGuarded(ctx, c.core, o, params)
	if err != nil {
		return nil, err
	}
	return e.data, nil
}
