package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// printChecks prints the checks as a table.
func printChecks(w io.Writer, checks []preflight.Check) {
	for _, c := range checks {
		var data []string
		for _, key := range slices.Sorted(maps.Keys(c.Data)) {
			data = append(data, key+"="+c.Data[key])
		}
		fmt.Fprintln(w, row(string(c.Code), string(c.Verdict), strings.Join(data, " ")))
		if c.Err != nil {
			fmt.Fprintf(w, "%-25s %v\n", "", c.Err)
		}
	}
}

func row(first, second, third string) string {
	return strings.TrimRight(fmt.Sprintf("%-25s %-14s %s", first, second, third), " ")
}

func printTrial(w io.Writer, person string) {
	fmt.Fprintf(w, "\nTrying what is not documented, as learner %s:\n\n", person)
}

func printFinding(w io.Writer, f finding) {
	fmt.Fprintln(w, row(string(f.Question), f.Answer, f.Detail))
}

func printLeft(w io.Writer, left []proctoru.ReservationNo) {
	if len(left) > 0 {
		fmt.Fprintf(w, "Cleaned up, but for begun sessions, which end by themselves: %s.\n", leftText(left))
		return
	}
	fmt.Fprintln(w, "Cleaned up: nothing is left.")
}

func printAdvice(w io.Writer, a advice) {
	if lines := a.code(); len(lines) > 0 {
		fmt.Fprintln(w, "\nWhat follows for a service:")
		for _, line := range lines {
			fmt.Fprintln(w, "    "+line)
		}
	} else {
		fmt.Fprintln(w, "\nThe defaults of package scheduling fit.")
	}
	for _, warning := range a.Warnings {
		fmt.Fprintln(w, "Mind:", warning+".")
	}
	var holds, not []string
	for _, letter := range slices.Sorted(maps.Keys(a.Guarantees)) {
		if a.Guarantees[letter] {
			holds = append(holds, letter)
		} else {
			not = append(not, letter)
		}
	}
	fmt.Fprintf(w, "Guarantees (docs/guarantees.md) that hold as far as this shows: %s; not: %s.\n",
		orNone(holds), orNone(not))
}

func orNone(letters []string) string {
	if len(letters) == 0 {
		return "none"
	}
	return strings.Join(letters, ", ")
}
