package metrics_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// register stands for a metrics library: it takes a name that carries the unit,
// as such libraries like it, and the names of the labels.
func register(kind metrics.Kind, name string, labels []string) {
	fmt.Println(kind, name, labels)
}

// A metrics library that wants each metric registered first gets them from All.
func ExampleAll() {
	for _, m := range metrics.All() {
		if m.Kind == metrics.KindDistribution {
			register(m.Kind, "proctorbook_"+string(m.Name)+"_"+m.Unit, m.Labels)
		}
	}
	// Output:
	// distribution proctorbook_operation_attempts_requests [op result]
	// distribution proctorbook_operation_duration_seconds [op result]
	// distribution proctorbook_reconcile_duration_seconds []
	// distribution proctorbook_sweep_duration_seconds []
}

// An observer that counts settled operations by their result.
func ExampleObserverFunc() {
	var mu sync.Mutex
	settled := map[string]float64{}
	observer := metrics.ObserverFunc(func(_ context.Context, m metrics.Measurement) {
		if m.Name == metrics.Operations {
			mu.Lock()
			defer mu.Unlock()
			settled[m.Labels["result"]] += m.Value
		}
	})

	// scheduling.WithObserver(observer) makes a Scheduler call it like this.
	observer.Observe(context.Background(), metrics.Measurement{
		Name: metrics.Operations, Value: 1, Labels: map[string]string{"op": "reserve", "result": "adopted"},
	})
	fmt.Println(settled)
	// Output: map[adopted:1]
}
