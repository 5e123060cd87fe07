package simulation

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// counter is a clock that moves a little with each look.
type counter struct{ now time.Time }

func (c *counter) Now() time.Time {
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *counter) Sleep(_ context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return nil
}

// bench is an engine on the memory store, with the provider called directly.
type bench struct {
	s       *scheduling.Scheduler
	client  *proctoru.Client
	exam    scheduling.Exam
	learner scheduling.Learner
	start   time.Time
	made    int
}

func newBench(b *testing.B) *bench {
	b.Helper()
	c := &counter{now: begin}
	w := &world{plan: plan{learners: 1, exams: 1, length: 90 * time.Minute}}
	w.people()
	fake := proctorutest.NewUnstartedServer(proctorutest.WithClock(c))
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, fake.Token, proctoru.WithTransport(proctorbooktest.InProcess(fake)),
		proctoru.WithClock(c), proctoru.WithLimiter(freely{}))
	if err != nil {
		b.Fatal(err)
	}
	store := memstore.New()
	if _, err := store.PutLearner(b.Context(), w.learners[0]); err != nil {
		b.Fatal(err)
	}
	s, err := scheduling.New(provider.ProctorU{Client: client}, school(), store, scheduling.WithClock(c),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		b.Fatal(err)
	}
	return &bench{s: s, client: client, exam: w.exams[0], learner: w.learners[0], start: begin.AddDate(0, 0, 4)}
}

// book is a Book and a Cancel by the engine.
func (x *bench) book(b *testing.B) {
	booking, err := x.s.Book(b.Context(), x.exam, x.learner.ID, x.start)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := x.s.Cancel(b.Context(), booking.ID, scheduling.Request{}); err != nil {
		b.Fatal(err)
	}
}

// call makes the same four calls to the provider without the engine.
func (x *bench) call(b *testing.B) {
	x.made++
	id, student := "pb-bench-"+strconv.Itoa(x.made), string(x.learner.ID)
	r, err := x.client.Reservations.Create(b.Context(), (&plain{w: &world{
		plan: plan{length: 90 * time.Minute}, learners: []scheduling.Learner{x.learner}, exams: []scheduling.Exam{x.exam},
	}}).params(plainKey{}, id, x.start))
	if err == nil {
		_, err = x.client.Reservations.Cancel(b.Context(), proctoru.CancelReservationParams{StudentID: student, Number: r.Number})
	}
	if err == nil {
		_, err = x.client.Reservations.List(b.Context(), proctoru.ListReservationsParams{StudentID: student})
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range x.client.Reports.Activity(b.Context(), proctoru.ActivityParams{StudentID: student}) {
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBooking measures what a Book and a Cancel cost on the memory store.
// What the library costs is the difference between the two figures.
func BenchmarkBooking(b *testing.B) {
	for name, once := range map[string]func(*bench, *testing.B){"engine": (*bench).book, "provider alone": (*bench).call} {
		b.Run(name, func(b *testing.B) {
			x := newBench(b)
			var each []time.Duration
			for i := 1; b.Loop(); i++ {
				if i%5 == 0 { // the provider's lists grow with each booking
					b.StopTimer()
					x = newBench(b)
					b.StartTimer()
				}
				began := time.Now()
				once(x, b)
				each = append(each, time.Since(began))
			}
			b.ReportMetric(float64(quantile(each, 0.5).Microseconds()), "p50-µs")
		})
	}
}
