package provider

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// A refusal for the learner's data is not one for the request.
func TestRefusalsOfTheLearner(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]Refusal{
		proctoru.ErrStudentNotFound:  RefusalLearner,
		proctoru.ErrTimeZoneNotFound: RefusalLearner,
		proctoru.ErrStartInPast:      RefusalStartInPast,
	} {
		if a := classify(errors.Join(err)); a.Kind != AnswerRefused || a.Refusal != want {
			t.Errorf("%v: %s for %s, want refused for %s", err, a.Kind, a.Refusal, want)
		}
	}
	if a := classify(&proctorbook.ValidationError{}); a.Refusal != RefusalInvalidRequest {
		t.Errorf("what our own check refuses: %s, want invalid_request", a.Refusal)
	}
}
