package proctoru

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/proctorbook/proctorbook"
)

// BatchesService schedules many learners for one exam in one call.
type BatchesService struct{ client *Client }

// ScheduleBatchParams is an exam with its learners.
type ScheduleBatchParams struct {
	// Body is a JSON object, sent as it is: ask the provider for its members, which
	// are not documented in public.
	Body json.RawMessage
}

func (p ScheduleBatchParams) validate() error {
	v := validation{op: opBatchesSchedule.name}
	v.check("Body", isObject(p.Body) && json.Valid(p.Body), "must be a JSON object")
	v.check("Body", len(p.Body) <= maxBatchBytes, "must have at most 1 MiB")
	return v.err()
}

const maxBatchBytes = 1 << 20

// PollBatchParams says which batch is asked about.
type PollBatchParams struct {
	// Values are those that the link in the answer to Schedule carries.
	Values url.Values
}

func (p PollBatchParams) validate() error {
	v := validation{op: opBatchesPoll.name}
	v.check("Values", len(p.Values) > 0, "is required")
	v.check("Values", !p.Values.Has(stampField), "must not hold time_sent, which the client adds")
	return v.err()
}

// Batch is the provider's answer about a batch: the data, in Raw.
type Batch struct {
	Raw RawJSON
}

func readBatch(data []byte) (*Batch, error) {
	if !isObject(data) || noRows(data) {
		return nil, ErrBadData
	}
	return &Batch{Raw: clone(data)}, nil
}

var (
	opBatchesSchedule = post("Batches.Schedule", "/batchSchedule", proctorbook.Write)
	opBatchesPoll     = get("Batches.Poll", "/pollBatchSchedule")
)

// Schedule creates an exam and its learners, and books a time for each. The answer
// holds a link to poll: pass its values to Poll. The client never sends it again
// on its own account once it may have arrived.
//
// *Experimental*: request and answer are not documented in public, so they pass as
// JSON, both ways.
//
// Endpoint: POST /batchSchedule.
func (s *BatchesService) Schedule(ctx context.Context, params ScheduleBatchParams) (*Batch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	op := opBatchesSchedule
	op.body = params.Body
	return call(ctx, s.client, op, struct{}{}, readBatch)
}

// Poll asks how far a batch is.
//
// *Experimental*: request and answer are not documented in public.
//
// Endpoint: GET /pollBatchSchedule.
func (s *BatchesService) Poll(ctx context.Context, params PollBatchParams) (*Batch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return callValues(ctx, s.client, opBatchesPoll, params.Values, readBatch)
}
