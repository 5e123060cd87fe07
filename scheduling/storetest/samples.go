package storetest

import (
	"hash/fnv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// day returns midnight UTC of a day in the weeks in which the suite plays.
func day(n int) time.Time { return time.Date(2027, 1, n, 0, 0, 0, 0, time.UTC) }

// text returns a text that careless stores break: characters of one to four
// bytes, quotes, wildcards, line ends.
func text(label string) string { return label + ` Zoë Łukasz 試験 🎓 '";--\n%_` + "\n\t" + label }

// booking returns a plain booking of the exam: pending, with an open reserve.
func booking(id scheduling.BookingID, learner scheduling.LearnerID, exam scheduling.Exam) scheduling.Booking {
	return scheduling.Booking{
		ID: id, Learner: learner, Profile: 1, CreatedAt: day(1), UpdatedAt: day(1),
		Exam: exam, Window: exam.Window, Duration: exam.Duration,
		State:      scheduling.StatePending,
		Intent:     &scheduling.Intent{Op: scheduling.OpReserve, Want: startOf(exam), Requested: day(1), Deadline: day(2)},
		Generation: 1, Memory: scheduling.ProtocolMemory{StartsSent: []time.Time{day(11)}},
	}
}

// startOf returns a start of the exam's own, so that no two exams of a learner are
// in each other's way.
func startOf(exam scheduling.Exam) time.Time {
	h := fnv.New32a()
	_, _ = h.Write([]byte(exam.Course.String() + exam.Usage.String()))
	return day(11).Add(time.Duration(h.Sum32()%10000) * exam.Duration)
}

// inState returns the booking with no intent, in the given state.
func inState(b scheduling.Booking, state scheduling.State) scheduling.Booking {
	b.State, b.Intent = state, nil
	return b
}

// event returns a plain event of the booking.
func event(b scheduling.Booking, kind scheduling.EventType) scheduling.Event {
	return scheduling.Event{
		Booking: b.ID, Learner: b.Learner, At: day(1), Type: kind, State: b.State, Generation: b.Generation,
	}
}

// finalExam returns the exam of one run of a course. The same block stands in every run.
func finalExam(run string) scheduling.Exam {
	return scheduling.Exam{
		Course: courseKey("course-v1:Uni+MATH+" + run), Usage: usageKey("block-v1:Uni+MATH+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: day(10), End: day(20)},
		Zone: zone("Europe/Paris"), Duration: 90 * time.Minute,
	}
}

// otherExam returns another exam of the same course.
func otherExam() scheduling.Exam {
	exam := finalExam("2027")
	exam.Usage = usageKey("block-v1:Uni+MATH+2027+type@sequential+block@midterm")
	return exam
}

// longExam returns an exam whose keys are as long as the platform allows.
func longExam() scheduling.Exam {
	exam := finalExam("2027")
	exam.Course = courseKey(padded("course-v1:Uni+", "+2027"))
	exam.Usage = usageKey(padded("block-v1:Uni+MATH+2027+type@sequential+block@", ""))
	return exam
}

// padded fills the middle with letters until the whole has 255 characters.
func padded(before, after string) string {
	return before + strings.Repeat("x", 255-len(before)-len(after)) + after
}

// fullExam returns an exam with every field set.
func fullExam(at func() time.Time) scheduling.Exam {
	return scheduling.Exam{
		Course: courseKey("course-v1:Uni+MATH+2027"), Usage: usageKey("block-v1:Uni+MATH+2027+type@sequential+block@final"),
		Name: text("name"), Description: text("description"), ProctorNotes: text("notes"),
		Window: scheduling.Window{Start: at(), End: at()}, Zone: zone("America/St_Johns"), Duration: 90 * time.Minute,
		Modes: []edx.Mode{edx.Verified, edx.Honor}, Code: scheduling.CodeFixed, CodeVia: scheduling.CodeViaNotes,
		Policy: scheduling.Policy{
			Notice: 72 * time.Hour, StartLead: 20 * time.Minute, MoveUntil: 24 * time.Hour, CancelUntil: 12 * time.Hour,
			NoShowAfter: 3 * time.Hour, SeenWithin: 2 * time.Hour, OverdueAfter: 5 * time.Hour, ResendUntil: 6*time.Hour + time.Nanosecond,
			MaxMoves: 21, MaxBookings: 22, Sittings: 25, LateWithin: 48 * time.Hour, LateFee: "25.00", AutoFinish: true,
		},
	}
}

// fullBooking returns a booking with every field set, all values different, and
// instants neither in UTC nor whole microseconds. A new field of
// [scheduling.Booking] must be set here: the suite fails until it is.
func fullBooking(id scheduling.BookingID) scheduling.Booking {
	at := instants()
	return scheduling.Booking{
		ID: id, Version: 1, Learner: "4711", Profile: 3, CreatedAt: at(), UpdatedAt: at(),
		Exam: fullExam(at), Window: scheduling.Window{Start: at(), End: at()}, Duration: 135 * time.Minute, OnDemand: true,
		State: scheduling.StateBegun, EndReason: "end_reason", MoveRefusal: "move_refusal",
		Intent: &scheduling.Intent{
			Op: scheduling.OpMove, Want: at(), Requested: at(), Deadline: at(), Attempt: 2, Reason: text("intent"), By: text("staff"), Late: true,
			Flags: scheduling.Flags{
				Unknown: true, Answered: true, Exists: true, NumberUnknown: true, Refused: true, Refusal: "refusal",
				RemovalDone: true, RemovalNegative: "101", RemovalStillSeen: at(),
			},
		},
		Wish:   &scheduling.Wish{Op: scheduling.OpCancel, Want: at(), Requested: at(), Reason: text("wish"), By: text("learner"), Late: true},
		Number: "102", Start: at(),
		NeedsAttention: &scheduling.Attention{Since: at(), Reason: "attention"},
		Generation:     9,
		Memory: scheduling.ProtocolMemory{
			LastSent: at(), LastMade: at(), ProvenAt: at(), DeadAt: at(), MoveNotYet: at(), UndatedAt: at(),
			StartsSent: []time.Time{at(), at()},
			Dead:       []proctoru.ReservationNo{"103", "104"}, Condemned: []proctoru.ReservationNo{"105"},
			Stuck: []proctoru.ReservationNo{"106"}, Extras: []scheduling.Extra{{Number: "108", Since: at()}},
			NegativeAt: at(), OtherNumber: "107", OtherSince: at(),
			Troubles: []provider.Trouble{{
				Call: "list", Kind: provider.TroubleWords, Status: 200, Since: at(), Last: at(), Times: 31, Words: provider.Words(text("words")),
			}},
		},
		Moves: 23, LateMoves: 24, LateCancel: true, Outdated: []scheduling.Setting{scheduling.SettingTitle, scheduling.SettingDuration},
		SeenActive: at(), BeginSent: at(), BegunAt: at(), UnlockedAt: at(), FinishedAt: at(),
		Code:       scheduling.Code{KeyID: "key-1", Generation: 4, Tries: 5, SpentAt: at()},
		Session:    fullSession(at),
		Deliveries: scheduling.Deliveries{Last: at(), Told: at(), Untold: at(), Missed: at()},
		Lease:      scheduling.Lease{Owner: "worker-1", Until: at()}, DueAt: at(), Woken: true, RoutineAt: at(),
	}
}

func fullSession(at func() time.Time) scheduling.Session {
	return scheduling.Session{
		ReadAt: at(),
		Facts: provider.Facts{
			Number: "109", SeenAt: at(), StartsAt: at(), EndsAt: at(), StartedAt: at(), EndedAt: at(),
			Started: true, Ended: true, Canceled: true, CheckID: true, LoginVerified: true, Authenticated: true,
			TestSubmitted: true, Incident: true, Escalated: true,
		},
		Attendance: scheduling.Attendance{
			Presence: scheduling.PresenceStarted, Fact: scheduling.FactStaff, At: at(), Since: at(), LateBy: 7 * time.Minute, ByStaff: true,
		},
		Verdict: scheduling.VerdictFailed, VerdictAt: at(), Overridden: scheduling.VerdictPassed, OverriddenAt: at(), GraceFrom: at(),
	}
}

// fullEvent returns an event of the booking with every field set, as [fullBooking] does.
func fullEvent(b scheduling.Booking) scheduling.Event {
	at := instants()
	return scheduling.Event{
		Cursor: "set by the store", Version: b.Version, Booking: b.ID, Learner: b.Learner, At: at(),
		Type: scheduling.EventMoved, State: scheduling.StateScheduled, Op: scheduling.OpMove,
		Generation: 12, Attempt: 13, Number: "201", Start: at(), OldStart: at(), Want: at(),
		Code: "event_code", Presence: "event_presence", Verdict: "event_verdict", Reason: text("why"), By: text("who"),
	}
}

// fullLearner returns a learner's record with every field set, as [fullBooking] does.
func fullLearner(id scheduling.LearnerID) scheduling.Learner {
	at := instants()
	return scheduling.Learner{
		ID: id, Version: 1, UpdatedAt: at(), Username: text("username"), Name: text("full name"),
		Email: "zoë@example.org", Zone: "Asia/Kathmandu",
		Profile: scheduling.Profile{
			GivenName: text("given"), FamilyName: text("family"), Phone: "+33100000000", Country: "FR",
			Address: text("address"), City: text("city"), State: text("state"), PostalCode: text("postal code"), Zone: "Pacific/Chatham", Email: "profile@example.org",
		},
		Sync: scheduling.Sync{Since: at(), Reason: scheduling.ReasonUnsettled, Sent: at(), Version: 7},
		Accommodations: []scheduling.GrantedAccommodation{{
			Exam: otherExam().Key(), Reason: text("granted"), By: text("grantor"), At: at(),
			Accommodation: scheduling.Accommodation{Factor: 1.5, Extra: 10 * time.Minute, Window: scheduling.Window{Start: at(), End: at()}},
		}},
	}
}

// instants returns a source of instants that are all different, none of them in
// UTC or whole microseconds.
func instants() func() time.Time {
	zones := []*time.Location{zone("Europe/Paris"), zone("Asia/Kolkata"), zone("America/New_York")}
	n := 0
	return func() time.Time {
		n++
		return time.Date(2027, 2, 1, n, 30, 15, 123456789, zones[n%len(zones)])
	}
}

func zone(name string) *time.Location { return must(time.LoadLocation(name)) }

func courseKey(key string) edx.CourseKey { return must(edx.ParseCourseKey(key)) }

func usageKey(key string) edx.UsageKey { return must(edx.ParseUsageKey(key)) }

// must is for literals of this file: an error is a mistake in the suite itself,
// or a machine without time zones.
func must[T any](value T, err error) T {
	if err != nil {
		panic("storetest: " + err.Error())
	}
	return value
}
