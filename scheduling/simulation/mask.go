package simulation

import "strconv"

// disturbance is one thing that the dice brought about. It can be left out when
// the schedule is played again.
type disturbance struct {
	kind  decision
	place int
}

func (d disturbance) String() string {
	return strconv.Itoa(int(d.kind)) + ":" + strconv.Itoa(d.place)
}

// mask is the set of disturbances that are left out.
type mask struct {
	out  map[disturbance]bool
	calm bool // all of them, from now on
}

// may asks whether a planned disturbance takes place, and notes that it does.
func (w *world) may(kind decision, place int) bool {
	d := disturbance{kind, place}
	if w.mask.calm || w.mask.out[d] {
		return false
	}
	w.taken = append(w.taken, d)
	return true
}

// roll asks the dice at the next place of a kind.
func (w *world) roll(kind decision) (value uint64, place int) {
	place = w.places[kind]
	w.places[kind]++
	return w.dice.roll(kind, place), place
}

// chance asks whether a disturbance takes place, at the next place of its kind.
func (w *world) chance(kind decision, p float64, _ string) bool {
	value, place := w.roll(kind)
	return share(value) < p && w.may(kind, place)
}
