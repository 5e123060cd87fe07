package sqlstore_test

import (
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// day returns midnight UTC of a day in January 2027.
func day(n int) time.Time { return time.Date(2027, 1, n, 0, 0, 0, 0, time.UTC) }

var paris = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return zone
}()

// sample returns a pending booking of the final exam, due now.
func sample(id scheduling.BookingID, learner scheduling.LearnerID) scheduling.Booking {
	exam := scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:Uni+MATH+2027"), Usage: edx.MustUsageKey("block-v1:Uni+MATH+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: day(10), End: day(20)}, Zone: paris, Duration: 90 * time.Minute,
	}
	return scheduling.Booking{
		ID: id, Learner: learner, Profile: 1, CreatedAt: day(1), UpdatedAt: day(1),
		Exam: exam, Window: exam.Window, Duration: exam.Duration, State: scheduling.StatePending,
		Intent:     &scheduling.Intent{Op: scheduling.OpReserve, Want: day(11), Requested: day(1), Deadline: day(2)},
		Generation: 1, Memory: scheduling.ProtocolMemory{StartsSent: []time.Time{day(11)}}, DueAt: day(1),
	}
}

// sent returns an event of the booking.
func sent(b scheduling.Booking) scheduling.Event {
	return scheduling.Event{Booking: b.ID, Learner: b.Learner, At: day(1), Type: scheduling.EventSent, State: b.State, Generation: b.Generation}
}
