package edx

import (
	"context"
	"time"
)

// Verification is whether the platform has checked who a learner is.
type Verification struct {
	Verified bool
	Status   string    // such as approved, submitted, denied, expired; an open set
	Expires  time.Time // UTC; zero if unknown
}

type verificationWire struct {
	Verified *flagValue `json:"is_verified"`
	Status   textValue  `json:"status"`
	Expires  timeValue  `json:"expiration_datetime"`
}

// Verification returns whether the platform has checked who a learner is.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// the learner has never tried, and with [ErrForbidden] if the client is neither
// the learner nor staff.
//
// Endpoint: GET /api/user/v1/accounts/{username}/verification_status/.
func (s *AccountsService) Verification(ctx context.Context, username string) (*Verification, error) {
	answer, err := fetch[verificationWire](ctx, s.client, operation{
		name: "Accounts.Verification", input: checkUsername(username),
		path: accountsPath + "/" + pathPart(username) + "/verification_status/",
	})
	if err != nil {
		return nil, err
	}
	return &Verification{
		Verified: answer.isVerified(), Status: string(answer.Status), Expires: answer.Expires.Time,
	}, nil
}

// isVerified reads the status where an older release does not say it outright.
func (w verificationWire) isVerified() bool {
	if w.Verified == nil {
		return w.Status == "approved"
	}
	return bool(*w.Verified)
}

func (w verificationWire) missing() string {
	if w.Verified == nil && w.Status == "" {
		return "status"
	}
	return ""
}
