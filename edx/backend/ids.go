package backend

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/edx"
)

// PlatformID names one Open edX platform here. The operator chooses it, of
// letters, digits, - and _, and never changes it: the ids of exams are made from
// it.
type PlatformID string

// Valid reports whether a platform may have the id: 1 to 255 letters, digits, - and _.
func (id PlatformID) Valid() bool { return isID(string(id)) }

// ExamID is how a platform knows an exam of ours: see [NewExamID].
type ExamID string

// AttemptID is how a platform knows one sitting of one learner, of letters,
// digits, - and _, at most 255: callbacks reach no other.
type AttemptID string

// UserID is how a platform names a learner here: 40 hex digits, always the same
// for one learner and platform, from which nobody but the platform can tell who
// it is: so it is logged and printed where names are not. Two platforms may use one
// for two learners, so it goes with a [PlatformID].
type UserID string

// NewExamID returns the id of an exam. It depends on nothing but the platform and
// the two keys: all replicas make the same one, also years later, and a create
// that was sent twice can't make two exams.
func NewExamID(platform PlatformID, course edx.CourseKey, content edx.UsageKey) ExamID {
	return ExamID("exam-" + digest("exam", string(platform), course.String(), content.String()))
}

// NewAttemptID returns the id of a learner's attempt at an exam, where n is how
// many of that learner's attempts at it were there before. Replicas that register
// one attempt at the same time make one id, so that a unique key in a database is
// all they need to agree. The exam's id stands for the platform too.
func NewAttemptID(exam ExamID, user UserID, n int) AttemptID {
	return AttemptID("attempt-" + digest("attempt", string(exam), string(user), strconv.Itoa(n)))
}

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// digest returns 130 bits of a hash of the parts, in which no part runs into the next.
func digest(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
		hash.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		hash.Write([]byte(part))
	}
	return lowerBase32.EncodeToString(hash.Sum(nil))[:26]
}

const maxIDChars = 255

// isID reports whether a platform can keep the text as an id, and call back with it.
func isID(text string) bool {
	return text != "" && len(text) <= maxIDChars && !strings.ContainsFunc(text, func(r rune) bool { return !isIDChar(r) })
}

func isIDChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

const userIDChars = 40

func isUserID(text string) bool {
	return len(text) == userIDChars && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || '9' < r) && (r < 'a' || 'f' < r)
	})
}
