// Package simulation is the world in which the booking engine is proved: a
// provider that loses, doubles, delays and garbles requests, processes that die
// between any two lines, people who click twice and leave, a provider that moves
// and cancels by itself, and a clock that jumps; records that can't be read, unlock
// keys that a process was not given, and adapters that panic.
//
// [Run] plays schedules over a store, one a seed, and fails the test for each in
// which a guarantee of package scheduling does not hold. Every store of the
// project runs it; so can yours:
//
//	func TestSimulation(t *testing.T) {
//		simulation.Run(t, simulation.Config{Store: "mine", Open: open, Seeds: 1000})
//	}
//
// # One thread, one seed
//
// A schedule is single-threaded. Replicas and users are coroutines, which pause
// before and after each call to the store and the provider, and in each sleep;
// the seed decides which one goes on, which process dies at that point, and
// what becomes of a request. Nothing else runs in between, the clock is the
// world's own, and ids come from the seed: the same seed gives the same
// schedule, byte for byte. Several schedules run at once, each in a world of
// its own.
//
// # What is judged
//
// Each booking is looked at when it is committed, against what the provider then
// really holds: scheduled needs proof, canceled and failed need that nothing of
// the booking is active, every move must be one of the state machine, and the
// events must explain the row. Each removal that leaves must have been decided
// and stored, and must not take what the learner wants. What a caller was told
// must be true then, and stay so. At the end faults stop, late requests arrive,
// passes run, and store and provider must agree.
//
// Some guarantees need more of the provider than others; the project's page of
// guarantees lists what each one needs. Where a need is not met, a breach is
// counted as "weaker", and fails no test.
//
// # When a seed fails
//
// The failure shows the command that plays the seed again, and a trace without
// the disturbances that are not needed for the failure. The environment chooses
// what is played:
//
//	PROCTORBOOK_SEEDS=100000     how many schedules
//	PROCTORBOOK_SEED_FROM=4711   the first one's seed
//	PROCTORBOOK_STOP=1           end at the first failure
//	PROCTORBOOK_PLATFORMS=1      of these, only those with Open edX platforms, one in seven
//
// Even seeds are mild (2 % of the requests are disturbed), odd ones heavy (30 %).
//
// The tests of this package also play each answer to each open question about the
// provider in every schedule of a run, instead of where a seed draws it:
//
//	PROCTORBOOK_SEEDS_VARIANTS=20000   how many schedules under each of them
package simulation
