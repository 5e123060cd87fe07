// Package lists answers what staff ask of many bookings: who booked, with what came
// of it ([Sessions]); who may book and has not ([NotBooked]); who is to be reminded
// ([Reminders]); how many stand where ([Counts]); where the store and the provider's
// report differ ([Discrepancies]). They need a [scheduling.Store] and no Scheduler, so
// that a report, a job or a dashboard can run in a process of its own, and none of
// them writes anything.
//
// Lists are iterators: a row comes as it is read, nothing is kept but what a list's
// comment names, and an error is the last thing that a list yields. They become CSV
// files as they come:
//
//	query := lists.SessionQuery{Filter: scheduling.Filter{Exam: exam.Key()}}
//	rows := lists.Sessions(ctx, store, query)
//	if err := lists.WriteSessionsCSV(file, rows); err != nil {
//		return err // the file is not whole: throw it away
//	}
//
// Sessions come by booking id, whatever the filter, and ids are random. For a page set
// Filter.After to the last id that was shown, and stop after as many as you want. A day in
// its order is read whole, and sorted by Booking.Start.
//
// Each list shows what may be shown to staff of the exam. The package asks nobody
// for permission: the caller checks it.
//
// # Files
//
// All CSV files are UTF-8 with a header that stays as it is: new columns come last.
// Instants are RFC 3339 in UTC. No cell can be taken for a formula by a spreadsheet,
// whatever separates its cells, for names and reasons come from people: see
// [CSVWriter]. With [WithBOM] Excel knows the encoding. [CSVName] makes a name for the
// file. A file that ends with an error is not whole: throw it away.
//
// [NewCSVReader] reads files that people have saved from a spreadsheet.
package lists
