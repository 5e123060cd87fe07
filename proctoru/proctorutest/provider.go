package proctorutest

import (
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// ProviderMoves gives an active reservation another start, as the provider's staff
// may, and returns the number that it has from now on.
func (s *Server) ProviderMoves(number int64, start time.Time) (int64, error) {
	return s.fake.ProviderMoves(number, start)
}

// ProviderCancels cancels an active reservation, as the provider's staff may.
func (s *Server) ProviderCancels(number int64) error { return s.fake.ProviderCancels(number) }

// ProctorStarts is the moment in which the proctor admits the learner.
func (s *Server) ProctorStarts(number int64) error { return s.fake.ProctorStarts(number) }

// ProctorChecksIn is the moment in which a learner shows an identity document and
// waits for the proctor.
func (s *Server) ProctorChecksIn(number int64) error { return s.fake.ProctorChecksIn(number) }

// ProctorRevises changes the verdict of a session that has ended, as when an
// incident is reported days later.
func (s *Server) ProctorRevises(number int64, verdict Verdict) error {
	return s.fake.ProctorRevises(number, verdict)
}

// ProctorEnds closes the session with a verdict, which the activity report shows.
func (s *Server) ProctorEnds(number int64, verdict Verdict) error {
	return s.fake.ProctorEnds(number, verdict)
}

// LearnerSchedules is what a learner does on the provider's site after
// addBlueBirdExam: it chooses a start, and returns the number of the reservation.
func (s *Server) LearnerSchedules(studentID, examID string, start time.Time) (int64, error) {
	return s.fake.LearnerSchedules(studentID, examID, start)
}

// EnableWebhooks makes the server keep what happens from now on, for
// [Server.Webhooks]. Without a secret nothing is signed.
func (s *Server) EnableWebhooks(secret string) { s.fake.EnableWebhooks(secret) }

// Webhooks returns the notifications of what happened since the last call, in the
// order in which they would arrive. Nothing is sent: hand [WebhookDelivery.Request]
// to the handler under test. The kinds may be combined; without any the variant
// "webhooks" decides, at first [WebhookJSON], signed. It panics for an unknown kind.
func (s *Server) Webhooks(kinds ...WebhookKind) []WebhookDelivery { return s.fake.Webhook(kinds...) }

// SignWebhook returns the value of the header [SignatureHeader] for a body:
// "sha1=" and the HMAC-SHA1 of its bytes in lower-case hex.
func SignWebhook(secret string, body []byte) string { return testserver.SignWebhook(secret, body) }
