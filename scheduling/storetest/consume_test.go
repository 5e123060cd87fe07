package storetest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// consumerDefects are stores that break one promise of a ConsumerKeeper each.
var consumerDefects = map[string]defect{
	"has no consumer before it is put": {consumed(func(c scheduling.Consumer, err error) (scheduling.Consumer, error) {
		if c.Version == 0 && err == nil {
			err = scheduling.ErrNotFound
		}
		return c, err
	}), "Consumer, if the store keeps consumers, of one that was never put"},
	"answers for the last consumer": {func(s scheduling.Store) scheduling.Store { return &lastConsumer{Store: keeper(s)} }, "consumers are told apart"},

	"forgets the cursor":          {putting(func(c *scheduling.Consumer, _ *scheduling.HeldChange) { c.Cursor = "" }), "PutConsumer counts versions, and every field"},
	"forgets who has the lease":   {putting(func(c *scheduling.Consumer, _ *scheduling.HeldChange) { c.Lease.Owner = "" }), "PutConsumer counts versions, and every field"},
	"leases a consumer for ever":  {putting(func(c *scheduling.Consumer, _ *scheduling.HeldChange) { c.Lease.Until = c.Lease.Until.AddDate(9, 0, 0) }), "PutConsumer counts versions, and every field"},
	"keeps a lease's zone":        {consumed(inZone), "PutConsumer counts versions, and every field"},
	"does not say its version":    {func(s scheduling.Store) scheduling.Store { return silentPut{keeper(s)} }, "PutConsumer counts versions, and every field"},
	"lets whoever comes write":    {func(s scheduling.Store) scheduling.Store { return anyConsumer{keeper(s)} }, "PutConsumer from another Version is ErrConflict"},
	"holds in spite of conflicts": {func(s scheduling.Store) scheduling.Store { return heldApart(s, true, 0) }, "PutConsumer from another Version is ErrConflict"},
	"lets two consume":            {func(s scheduling.Store) scheduling.Store { return slowConsumer{keeper(s)} }, "PutConsumer lets one of many processes win"},
	"holds when it has a moment":  {func(s scheduling.Store) scheduling.Store { return heldApart(s, false, 5*time.Millisecond) }, "what is held is what the last winner"},

	"drops what it was to hold":      {func(s scheduling.Store) scheduling.Store { return putsFirst{keeper(s)} }, "PutConsumer drops and puts what is held"},
	"drops nothing":                  {putting(func(_ *scheduling.Consumer, h *scheduling.HeldChange) { h.Drop = nil }), "PutConsumer drops and puts what is held"},
	"never drops all":                {putting(func(_ *scheduling.Consumer, h *scheduling.HeldChange) { h.DropAll = false }), "PutConsumer drops and puts what is held"},
	"holds one event in all":         {putting(func(_ *scheduling.Consumer, h *scheduling.HeldChange) { h.DropAll = h.DropAll || len(h.Put) > 0 }), "PutConsumer drops and puts what is held"},
	"holds nothing":                  {putting(func(_ *scheduling.Consumer, h *scheduling.HeldChange) { h.Put = nil }), "PutConsumer drops and puts what is held"},
	"holds the first try":            {func(s scheduling.Store) scheduling.Store { return firstHeld{keeper(s)} }, "PutConsumer drops and puts what is held"},
	"drops the others' events":       {func(s scheduling.Store) scheduling.Store { return &dropsOthers{apart: heldApart(s, false, 0)} }, "PutConsumer drops and puts what is held"},
	"forgets where it waits":         {holding(func(h *scheduling.HeldEvent) { h.After = "" }), "PutConsumer drops and puts what is held"},
	"forgets the tries":              {holding(func(h *scheduling.HeldEvent) { h.Attempts = min(h.Attempts, 1) }), "PutConsumer drops and puts what is held"},
	"holds by the local clock":       {held(nil, func(h *scheduling.HeldEvent) { h.At = h.At.In(elsewhere) }), "PutConsumer drops and puts what is held"},
	"dates tries by the local clock": {held(nil, func(h *scheduling.HeldEvent) { h.Since = h.Since.In(elsewhere) }), "PutConsumer drops and puts what is held"},
	"tries by the local clock":       {held(nil, func(h *scheduling.HeldEvent) { h.NextTry = h.NextTry.In(elsewhere) }), "PutConsumer drops and puts what is held"},

	"holds for all consumers alike": {putting(func(c *scheduling.Consumer, _ *scheduling.HeldChange) {
		c.Name = strings.TrimRight(strings.ToLower(c.Name), " ")
	}), "consumers are told apart to the letter"},
	"cuts a consumer's name":        {putting(func(c *scheduling.Consumer, _ *scheduling.HeldChange) { c.Name = c.Name[:min(len(c.Name), 100)] }), "consumers are told apart to the letter"},
	"lists consumers that are gone": {func(s scheduling.Store) scheduling.Store { return lists{keeper(s), alsoGone} }, "consumers are told apart to the letter"},
	"lists consumers as they came":  {func(s scheduling.Store) scheduling.Store { return lists{keeper(s), backwards} }, "consumers are told apart to the letter"},

	"tries before it is time":      {held(func(q *scheduling.HeldQuery) { q.DueBy = q.DueBy.Add(time.Microsecond) }, nil), "Held chooses by bookings"},
	"tries all at once":            {held(func(q *scheduling.HeldQuery) { q.DueBy = time.Time{} }, nil), "Held chooses by bookings"},
	"holds for every booking":      {held(func(q *scheduling.HeldQuery) { q.Bookings = nil }, nil), "Held chooses by bookings"},
	"begins its list again":        {held(func(q *scheduling.HeldQuery) { q.After = "" }, nil), "Held chooses by bookings"},
	"knows no limit":               {held(func(q *scheduling.HeldQuery) { q.Limit = 1000 }, nil), "Held chooses by bookings"},
	"tries in order of bookings":   {func(s scheduling.Store) scheduling.Store { return byBooking{keeper(s)} }, "Held chooses by bookings"},
	"counts for all consumers":     {func(s scheduling.Store) scheduling.Store { return countsAll{keeper(s)} }, "CountHeld counts one consumer's own"},
	"sees one as stuck too late":   {counting(func(n *scheduling.HeldCount) { n.Stuck = max(n.Stuck-1, 0) }), "CountHeld counts one consumer's own"},
	"counts from a later event":    {counting(func(n *scheduling.HeldCount) { n.Oldest = n.Oldest.Add(24 * time.Hour) }), "CountHeld counts one consumer's own"},
	"begins before what was":       {lastEvent(func(scheduling.Cursor) scheduling.Cursor { return "" }), "LastEvent is the end of the events"},
	"is one event behind":          {lastEvent(before), "LastEvent is the end of the events"},
	"erases what is held":          {func(s scheduling.Store) scheduling.Store { return erasesHeld{keeper(s)} }, "Erase leaves what is held"},
	"fails at a foreign cursor":    {func(s scheduling.Store) scheduling.Store { return oddCursor{keeper(s)} }, "a cursor that Events refuses is ErrUnknownCursor"},
	"takes any cursor for its own": {func(s scheduling.Store) scheduling.Store { return ownCursor{keeper(s)} }, "a cursor that Events refuses is ErrUnknownCursor"},

	"goes on reading a consumer":   {deafTo("Consumer"), "no method of a consumer acts in a canceled"},
	"goes on listing consumers":    {deafTo("Consumers"), "no method of a consumer acts in a canceled"},
	"goes on putting consumers":    {deafTo("PutConsumer"), "no method of a consumer acts in a canceled"},
	"goes on reading what is held": {deafTo("Held"), "no method of a consumer acts in a canceled"},
	"goes on counting":             {deafTo("CountHeld"), "no method of a consumer acts in a canceled"},
	"goes on to the last event":    {deafTo("LastEvent"), "no method of a consumer acts in a canceled"},
}

var elsewhere = time.FixedZone("elsewhere", 3600)

func keeper(s scheduling.Store) *memstore.Store { return s.(*memstore.Store) }

// puts stores something else than it is given.
type puts struct {
	*memstore.Store
	change func(*scheduling.Consumer, *scheduling.HeldChange)
}

func (s puts) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	s.change(&c, &h)
	return s.Store.PutConsumer(ctx, c, h)
}

func putting(change func(*scheduling.Consumer, *scheduling.HeldChange)) func(scheduling.Store) scheduling.Store {
	return func(s scheduling.Store) scheduling.Store { return puts{keeper(s), change} }
}

// holding changes each event that is to be held.
func holding(change func(*scheduling.HeldEvent)) func(scheduling.Store) scheduling.Store {
	return putting(func(_ *scheduling.Consumer, h *scheduling.HeldChange) {
		h.Put = slices.Clone(h.Put)
		for i := range h.Put {
			change(&h.Put[i])
		}
	})
}

// reads changes the consumers that are read.
type reads struct {
	*memstore.Store
	change func(scheduling.Consumer, error) (scheduling.Consumer, error)
}

func (s reads) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	return s.change(s.Store.Consumer(ctx, name))
}

func consumed(change func(scheduling.Consumer, error) (scheduling.Consumer, error)) func(scheduling.Store) scheduling.Store {
	return func(s scheduling.Store) scheduling.Store { return reads{keeper(s), change} }
}

func inZone(c scheduling.Consumer, err error) (scheduling.Consumer, error) {
	c.Lease.Until = c.Lease.Until.In(elsewhere)
	return c, err
}

// lastConsumer takes all consumers for the one that was put last.
type lastConsumer struct {
	*memstore.Store
	mu   sync.Mutex
	last string
}

func (s *lastConsumer) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	s.mu.Lock()
	s.last = c.Name
	s.mu.Unlock()
	return s.Store.PutConsumer(ctx, c, h)
}

func (s *lastConsumer) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Consumer(ctx, cmp.Or(s.last, name))
}

// silentPut returns the consumer as it was given.
type silentPut struct{ *memstore.Store }

func (s silentPut) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	_, err := s.Store.PutConsumer(ctx, c, h)
	return c, err
}

// anyConsumer takes any version of a consumer.
type anyConsumer struct{ *memstore.Store }

func (s anyConsumer) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	for {
		old, err := s.Store.Consumer(ctx, c.Name)
		if err != nil {
			return scheduling.Consumer{}, err
		}
		c.Version = old.Version
		if stored, err := s.Store.PutConsumer(ctx, c, h); !errors.Is(err, scheduling.ErrConflict) {
			return stored, err
		}
	}
}

// slowConsumer looks at the version, and writes when that may have changed.
type slowConsumer struct{ *memstore.Store }

func (s slowConsumer) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	old, err := s.Store.Consumer(ctx, c.Name)
	if err == nil && old.Version != c.Version {
		err = scheduling.ErrConflict
	}
	if err != nil {
		return scheduling.Consumer{}, err
	}
	time.Sleep(2 * time.Millisecond)
	return anyConsumer(s).PutConsumer(ctx, c, h)
}

// apart keeps what is held in a store of its own, and writes there after the consumer.
type apart struct {
	*memstore.Store
	events anyConsumer
	always bool // also after a conflict
	wait   time.Duration
}

func heldApart(s scheduling.Store, always bool, wait time.Duration) apart {
	return apart{keeper(s), anyConsumer{memstore.New()}, always, wait}
}

func (s apart) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	stored, err := s.Store.PutConsumer(ctx, c, scheduling.HeldChange{})
	if err == nil && stored.Version%2 == 1 { // every other one is late
		time.Sleep(s.wait)
	}
	if err == nil || s.always {
		_, late := s.events.PutConsumer(ctx, c, h)
		err = cmp.Or(err, late)
	}
	return stored, err
}

func (s apart) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	return s.events.Held(ctx, q)
}

// putsFirst puts, and then drops.
type putsFirst struct{ *memstore.Store }

func (s putsFirst) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	h.Put = slices.DeleteFunc(slices.Clone(h.Put), func(e scheduling.HeldEvent) bool { return h.DropAll || slices.Contains(h.Drop, e.Booking) })
	return s.Store.PutConsumer(ctx, c, h)
}

// firstHeld does not put an event in the place of an earlier one.
type firstHeld struct{ *memstore.Store }

func (s firstHeld) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	old, err := s.Store.Held(ctx, scheduling.HeldQuery{Consumer: c.Name, Limit: 1000})
	if err != nil {
		return scheduling.Consumer{}, err
	}
	h.Put = slices.DeleteFunc(slices.Clone(h.Put), func(e scheduling.HeldEvent) bool {
		kept := func(o scheduling.HeldEvent) bool { return o.Booking == e.Booking }
		return !h.DropAll && !slices.Contains(h.Drop, e.Booking) && slices.ContainsFunc(old, kept)
	})
	return s.Store.PutConsumer(ctx, c, h)
}

// dropsOthers drops what is held of a booking, whoever holds it.
type dropsOthers struct {
	apart
	mu    sync.Mutex
	names []string
}

func (s *dropsOthers) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	stored, err := s.apart.PutConsumer(ctx, c, h)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.names {
		if err == nil && name != c.Name {
			_, err = s.events.PutConsumer(ctx, scheduling.Consumer{Name: name}, scheduling.HeldChange{DropAll: h.DropAll, Drop: h.Drop})
		}
	}
	s.names = append(s.names, c.Name)
	return stored, err
}

// holds answers another query, or changes what is held when it is read.
type holds struct {
	*memstore.Store
	query  func(*scheduling.HeldQuery)
	change func(*scheduling.HeldEvent)
}

func (s holds) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	s.query(&q)
	found, err := s.Store.Held(ctx, q)
	for i := range found {
		s.change(&found[i])
	}
	return found, err
}

func held(query func(*scheduling.HeldQuery), change func(*scheduling.HeldEvent)) func(scheduling.Store) scheduling.Store {
	if query == nil {
		query = func(*scheduling.HeldQuery) {}
	}
	if change == nil {
		change = func(*scheduling.HeldEvent) {}
	}
	return func(s scheduling.Store) scheduling.Store { return holds{keeper(s), query, change} }
}

// byBooking returns what is due in the order of bookings.
type byBooking struct{ *memstore.Store }

func (s byBooking) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	found, err := s.Store.Held(ctx, q)
	slices.SortFunc(found, func(a, b scheduling.HeldEvent) int { return cmp.Compare(a.Booking, b.Booking) })
	return found, err
}

// lists changes the list of consumers.
type lists struct {
	*memstore.Store
	change func([]scheduling.Consumer) []scheduling.Consumer
}

func (s lists) Consumers(ctx context.Context) ([]scheduling.Consumer, error) {
	all, err := s.Store.Consumers(ctx)
	return s.change(all), err
}

func alsoGone(all []scheduling.Consumer) []scheduling.Consumer {
	if len(all) == 0 {
		return nil
	}
	return slices.Insert(all, 0, scheduling.Consumer{Name: "forgotten", Version: 1})
}

func backwards(all []scheduling.Consumer) []scheduling.Consumer {
	slices.Reverse(all)
	return all
}

// countsHeld changes how much is held.
type countsHeld struct {
	*memstore.Store
	change func(*scheduling.HeldCount)
}

func (s countsHeld) CountHeld(ctx context.Context, name string) (scheduling.HeldCount, error) {
	n, err := s.Store.CountHeld(ctx, name)
	if n.Held > 0 {
		s.change(&n)
	}
	return n, err
}

// countsAll counts what others hold, too.
type countsAll struct{ *memstore.Store }

func (s countsAll) CountHeld(ctx context.Context, name string) (scheduling.HeldCount, error) {
	n, err := s.Store.CountHeld(ctx, name)
	all, err2 := s.Consumers(ctx)
	for _, c := range all {
		if c.Name != name {
			more, err := s.Store.CountHeld(ctx, c.Name)
			n.Held, n.Stuck, err2 = n.Held+more.Held, n.Stuck+more.Stuck, cmp.Or(err2, err)
		}
	}
	return n, cmp.Or(err, err2)
}

func counting(change func(*scheduling.HeldCount)) func(scheduling.Store) scheduling.Store {
	return func(s scheduling.Store) scheduling.Store { return countsHeld{keeper(s), change} }
}

// ends changes the end of the events.
type ends struct {
	*memstore.Store
	change func(scheduling.Cursor) scheduling.Cursor
}

func (s ends) LastEvent(ctx context.Context) (scheduling.Cursor, error) {
	last, err := s.Store.LastEvent(ctx)
	return s.change(last), err
}

func lastEvent(change func(scheduling.Cursor) scheduling.Cursor) func(scheduling.Store) scheduling.Store {
	return func(s scheduling.Store) scheduling.Store { return ends{keeper(s), change} }
}

// before returns the cursor of the event before: memstore counts its events.
func before(c scheduling.Cursor) scheduling.Cursor {
	n, err := strconv.Atoi(string(c))
	if err != nil {
		return c
	}
	return scheduling.Cursor(strconv.Itoa(n - 1))
}

// erasesHeld drops at Erase what is held of the learner's bookings.
type erasesHeld struct{ *memstore.Store }

func (s erasesHeld) Erase(ctx context.Context, id scheduling.LearnerID) error {
	var bookings []scheduling.BookingID
	for b, err := range s.List(ctx, scheduling.Filter{Learner: id}) {
		if err != nil {
			return err
		}
		bookings = append(bookings, b.ID)
	}
	all, err := s.Consumers(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if _, err := s.PutConsumer(ctx, c, scheduling.HeldChange{Drop: bookings}); err != nil {
			return err
		}
	}
	return s.Store.Erase(ctx, id)
}

// oddCursor does not tell that it does not know a cursor.
type oddCursor struct{ *memstore.Store }

func (s oddCursor) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	events, err := s.Store.Events(ctx, q)
	if errors.Is(err, scheduling.ErrUnknownCursor) {
		err = errors.New("bad cursor")
	}
	return events, err
}

// ownCursor takes a cursor beyond its events for the last one.
type ownCursor struct{ *memstore.Store }

func (s ownCursor) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	events, err := s.Store.Events(ctx, q)
	if _, odd := strconv.Atoi(string(q.After)); odd == nil && errors.Is(err, scheduling.ErrUnknownCursor) {
		return nil, nil
	}
	return events, err
}

// deaf goes on with one method when the caller has left.
type deaf struct {
	*memstore.Store
	method string
}

func deafTo(method string) func(scheduling.Store) scheduling.Store {
	return func(s scheduling.Store) scheduling.Store { return deaf{keeper(s), method} }
}

func (s deaf) in(ctx context.Context, method string) context.Context {
	if method == s.method {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (s deaf) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	return s.Store.Consumer(s.in(ctx, "Consumer"), name)
}

func (s deaf) Consumers(ctx context.Context) ([]scheduling.Consumer, error) {
	return s.Store.Consumers(s.in(ctx, "Consumers"))
}

func (s deaf) PutConsumer(ctx context.Context, c scheduling.Consumer, h scheduling.HeldChange) (scheduling.Consumer, error) {
	return s.Store.PutConsumer(s.in(ctx, "PutConsumer"), c, h)
}

func (s deaf) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	return s.Store.Held(s.in(ctx, "Held"), q)
}

func (s deaf) CountHeld(ctx context.Context, name string) (scheduling.HeldCount, error) {
	return s.Store.CountHeld(s.in(ctx, "CountHeld"), name)
}

func (s deaf) LastEvent(ctx context.Context) (scheduling.Cursor, error) {
	return s.Store.LastEvent(s.in(ctx, "LastEvent"))
}

// ownConsumers keeps consumers in another place than the bookings.
type ownConsumers struct {
	scheduling.Store
	scheduling.ConsumerKeeper
}
