// Package metrics names what a Scheduler of package scheduling measures, for
// programs that count and draw it. It depends on no metrics library: implement
// [Observer] with the one that you use, and give it to scheduling.WithObserver.
//
//	import (
//		"github.com/proctorbook/proctorbook/scheduling"
//		"github.com/proctorbook/proctorbook/scheduling/metrics"
//	)
//
//	observer := metrics.ObserverFunc(func(ctx context.Context, m metrics.Measurement) {
//		log.Print(m.Name, m.Labels, m.Value)
//	})
//	option := scheduling.WithObserver(observer)
//
// A library that wants its metrics registered before they are used finds them in
// [All]. The table of names, kinds, units and labels is the comment of [Measurement].
package metrics
