package backend

import (
	"context"
	"errors"
	"log/slog"

	"github.com/proctorbook/proctorbook/edx"
)

// registrationWire is what the platform says of a learner who begins the set-up.
type registrationWire struct {
	Host      string `json:"lms_host"`
	TimeLimit int64  `json:"time_limit_mins"`
	Sample    bool   `json:"is_sample_attempt"`
	User      string `json:"user_id"`
	FullName  string `json:"full_name"`
	Email     string `json:"email"` // "" if it is null
	Policy    string `json:"review_policy"`
	Exception string `json:"review_policy_exception"`
}

// register answers with the attempt's id, by a 200: what has another status, or no
// id, the learner sees.
func (h *handler) register(ctx context.Context, c call) answer {
	r, err := decodeRegistration(c.body)
	if err != nil {
		return unread(err)
	}
	r.Platform, r.Exam = c.platform, c.exam
	id, err := h.provider.Register(ctx, r)
	switch {
	case err != nil:
		return h.refuse(ctx, c, err)
	case !isID(string(id)):
		return h.refuse(ctx, c, errors.New("backend: Register returned an id that is not 1 to 255 letters, digits, - and _"))
	}
	return jsonAnswer(idAnswer{string(id)})
}

func decodeRegistration(body []byte) (Registration, error) {
	var w registrationWire
	if err := decodeObject(body, &w); err != nil {
		return Registration{}, err
	}
	limit, ok := minutes(w.TimeLimit)
	switch {
	case !ok:
		return Registration{}, unfit("unusable time_limit_mins")
	case !isUserID(w.User):
		return Registration{}, unfit("unusable user_id")
	}
	return Registration{
		Learner:   Person{ID: UserID(w.User), FullName: w.FullName, Email: w.Email},
		TimeLimit: limit, Sample: w.Sample, ReviewPolicy: w.Policy, ReviewException: w.Exception, LMSHost: w.Host,
	}, nil
}

func (c call) ref() AttemptRef {
	return AttemptRef{Platform: c.platform, Exam: c.exam, Attempt: c.attempt}
}

type setUpAnswer struct {
	Status       string   `json:"status"`
	Instructions []string `json:"instructions"`
	URL          string   `json:"download_url,omitempty"`
}

// getAttempt answers each view of the set-up page. Its texts are the operator's,
// its URL is the learner's own.
func (h *handler) getAttempt(ctx context.Context, c call) answer {
	found, err := h.provider.SetUp(ctx, c.ref())
	if err != nil {
		return h.refuse(ctx, c, err)
	}
	if found.URL != "" {
		if problem := urlProblem(found.URL); problem != "" {
			h.tell(ctx, c, errors.New("backend: the URL of an attempt is left out: it "+problem))
			h.note(ctx, slog.LevelError, "backend: the URL of an attempt is left out: it "+problem, "call", c.name, "platform", string(c.platform))
			found.URL = ""
		}
	}
	texts := h.texts[h.languageOf(c.header)]
	return jsonAnswer(setUpAnswer{Status: string(found.Status), Instructions: texts.of(found.Practice), URL: found.URL})
}

type statusAnswer struct {
	Status string `json:"status"`
}

// reported are the statuses that a platform reports.
var reported = map[string]edx.AttemptStatus{
	"started": edx.AttemptStarted, "submitted": edx.AttemptSubmitted, "error": edx.AttemptError,
}

func (h *handler) report(ctx context.Context, c call) answer {
	status, err := decodeReport(c.body)
	if err != nil {
		return unread(err)
	}
	if err := h.provider.Report(ctx, c.ref(), status); err != nil {
		return h.refuse(ctx, c, err)
	}
	return jsonAnswer(statusAnswer{string(status)})
}

func decodeReport(body []byte) (edx.AttemptStatus, error) {
	var w statusAnswer
	if err := decodeObject(body, &w); err != nil {
		return "", err
	}
	status, known := reported[w.Status]
	if !known {
		return "", unfit("unknown status")
	}
	return status, nil
}

func (h *handler) remove(ctx context.Context, c call) answer {
	if err := h.provider.Remove(ctx, c.ref()); err != nil {
		return h.refuse(ctx, c, err)
	}
	return jsonAnswer(statusAnswer{"deleted"})
}

// retire answers with a bare true or false. Anything else tells the platform that
// it has to ask again.
func (h *handler) retire(ctx context.Context, c call) answer {
	gone, err := h.provider.Retire(ctx, c.platform, c.user)
	if err != nil {
		return h.refuse(ctx, c, err)
	}
	return jsonAnswer(gone)
}
