package proctoru

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/proctorbook/proctorbook"
)

// BatchesService schedules many learners for one exam in one call.
type BatchesService struct{ core *core }

const maxBatchBytes = 1 << 20

// Batch is the provider's answer about a batch: the data, in Raw.
type Batch struct {
	Raw RawJSON // the data of the answer as the provider sent them
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

// Schedule creates an exam and its learners, and books a time for each. The body is
// a JSON object, at most 1 MiB, and is sent as it is: ask the provider for its
// members. The answer holds a link to poll: pass its query to Poll. The client
// does not send it again once it may have arrived.
//
// *Experimental*: request and answer are not documented in public, so they pass as
// JSON, both ways.
//
// Endpoint: POST /batchSchedule.
func (s *BatchesService) Schedule(ctx context.Context, body json.RawMessage) (*Batch, error) {
	v := validation{op: opBatchesSchedule.name}
	v.check("body", isObject(body) && json.Valid(body), "must be a JSON object")
	v.check("body", len(body) <= maxBatchBytes, "must have at most 1 MiB")
	if err := v.err(); err != nil {
		return nil, err
	}
	op := opBatchesSchedule
	op.body = body
	return call(ctx, s.core, op, struct{}{}, readBatch)
}

// Poll returns the progress of a batch. The values are the query of the link in
// the answer to Schedule.
//
// *Experimental*: request and answer are not documented in public.
//
// Endpoint: GET /pollBatchSchedule.
func (s *BatchesService) Poll(ctx context.Context, values url.Values) (*Batch, error) {
	v := validation{op: opBatchesPoll.name}
	v.check("values", len(values) > 0, "is required")
	v.check("values", !values.Has(stampField), "must not hold time_sent, which the client adds")
	if err := v.err(); err != nil {
		return nil, err
	}
	return callValues(ctx, s.core, opBatchesPoll, values, readBatch)
}
