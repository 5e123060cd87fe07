package scheduling_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// FuzzUnlockCode types anything into the field for the code: it unlocks only if
// it is the code, but for case, width, O, I and L for digits, and all that is
// neither letter nor digit.
func FuzzUnlockCode(f *testing.F) {
	f.Add("")
	f.Add("0000000000")
	f.Add("o0-iI lL1")
	f.Add("\u0131") // whose capital is I
	f.Add("\u017f") // whose capital is S
	f.Add("\uff4f") // a full-width o
	f.Add("\uff9e") // a letter whose full-width form is a mark
	f.Fuzz(func(t *testing.T, typed string) {
		w, id := begunWithDigits(t)
		code := w.code(id)
		for _, try := range []string{typed, typed + code, code + typed, code[:5] + typed + code[5:], strings.ReplaceAll(code, code[3:4], typed), strings.ReplaceAll(code, "1", typed)} {
			_, err := w.Unlock(t.Context(), id, try)
			if want := plain(try) == code; (err == nil) != want {
				t.Fatalf("Unlock(%q) with the code %q = %v, want unlocked = %v", try, code, err, want)
			}
			if err == nil {
				return
			}
			if _, empty := errors.AsType[*proctorbook.ValidationError](err); empty != (plain(try) == "") || !empty && !errors.Is(err, scheduling.ErrWrongCode) {
				t.Fatalf("Unlock(%q) = %v, want ErrWrongCode, or a ValidationError if nothing is left of it", try, err)
			}
		}
	})
}

// FuzzUnlockCodeInserted inserts what is neither letter nor digit between all
// characters of a code: the right one unlocks, and one with a wrong character never.
func FuzzUnlockCodeInserted(f *testing.F) {
	for _, s := range []string{"\n", "\r\n", "\t", "\u00a0", "\u2013", "\u2011", "\u200b", "\u200e", "\xff", "\U0001f600", "e\u0301", "\u00b2"} {
		f.Add(s, 3, 1)
	}
	f.Fuzz(func(t *testing.T, s string, at, by int) {
		inserted := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return -1
			}
			return r
		}, s)
		const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		w := newWorld(t)
		id := w.begun()
		code := strings.Split(w.code(id), "")
		i, n := int(uint(at)%uint(len(code))), len(alphabet)
		other := slices.Clone(code)
		other[i] = string(alphabet[(strings.Index(alphabet, code[i])+1+int(uint(by)%uint(n-1)))%n])
		wrong, right := inserted+strings.Join(other, inserted)+inserted, inserted+strings.Join(code, inserted)+inserted
		if _, err := w.Unlock(t.Context(), id, wrong); !errors.Is(err, scheduling.ErrWrongCode) {
			t.Fatalf("Unlock(%q) with the code %q = %v, want ErrWrongCode", wrong, code, err)
		}
		if b, err := w.Unlock(t.Context(), id, right); err != nil || b.State != scheduling.StateUnlocked || b.Code.Tries != 1 {
			t.Fatalf("Unlock(%q) = %s, %v; want unlocked", right, b.State, err)
		}
	})
}

// begunWithDigits begins a booking whose code has a 0 and a 1 in it.
func begunWithDigits(t *testing.T) (*world, scheduling.BookingID) {
	t.Helper()
	w := newWorld(t)
	id := w.begun()
	for range 200 {
		if code := w.code(id); strings.Contains(code, "0") && strings.Contains(code, "1") {
			return w, id
		}
		if _, err := w.Staff.ResetCode(t.Context(), id, scheduling.Request{Reason: "test", By: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no code with a 0 and a 1 among 200")
	return nil, ""
}

// The unlock code goes one way or the other, never both.
func TestUnlockCodeOnTheWire(t *testing.T) {
	t.Parallel()
	for via, tt := range map[scheduling.CodeVia]struct{ notes, password string }{
		scheduling.CodeViaPassword: {"Closed book.\nBooking: ID", "CODE"},
		"":                         {"Closed book.\nBooking: ID", "CODE"},
		scheduling.CodeViaNotes:    {"Closed book.\nUnlock code: CODE\nBooking: ID", ""},
	} {
		w := newWorld(t)
		w.exam.CodeVia = via
		sent := w.listen()
		b := w.booked(nine)
		fill := strings.NewReplacer("CODE", w.code(b.ID), "ID", string(b.ID))

		got := sent.last(create)

		if got.Get("notes") != fill.Replace(tt.notes) || got.Get("exam_password") != fill.Replace(tt.password) {
			t.Errorf("via %q: notes %q, exam_password %q", via, got.Get("notes"), got.Get("exam_password"))
		}
		if got.Has("exam_password") != (tt.password != "") {
			t.Errorf("via %q: exam_password sent: %v", via, got.Has("exam_password"))
		}
	}
}

// Proctors type codes as people do.
func TestUnlockCodeAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]func(code string) string{
		"as it is":      func(c string) string { return c },
		"small letters": strings.ToLower,
		"with blanks":   func(c string) string { return " " + c[:5] + " " + c[5:] + " " },
		"with hyphens":  func(c string) string { return c[:3] + "-" + c[3:6] + "-" + c[6:] },
		"O for 0":       func(c string) string { return strings.ReplaceAll(c, "0", "O") },
		"o for 0":       func(c string) string { return strings.ReplaceAll(c, "0", "o") },
		"I for 1":       func(c string) string { return strings.ReplaceAll(c, "1", "I") },
		"l for 1":       func(c string) string { return strings.ReplaceAll(c, "1", "l") },

		"a line feed":              func(c string) string { return c + "\n" },
		"carriage return and feed": func(c string) string { return c + "\r\n" },
		"tabs":                     func(c string) string { return "\t" + c[:5] + "\t" + c[5:] },
		"no-break spaces":          func(c string) string { return "\u00a0" + c[:5] + "\u00a0" + c[5:] },
		"narrow and wide spaces":   func(c string) string { return c[:3] + "\u202f" + c[3:6] + "\u3000" + c[6:] },
		"an en dash":               func(c string) string { return c[:5] + "\u2013" + c[5:] },
		"an em dash and a minus":   func(c string) string { return c[:3] + "\u2014" + c[3:6] + "\u2212" + c[6:] },
		"a no-break hyphen":        func(c string) string { return c[:5] + "\u2011" + c[5:] },
		"a soft hyphen":            func(c string) string { return c[:5] + "\u00ad" + c[5:] },
		"a zero-width space":       func(c string) string { return c[:5] + "\u200b" + c[5:] },
		"a left-to-right mark":     func(c string) string { return "\u200e" + c + "\u200e" },
		"a byte order mark":        func(c string) string { return "\ufeff" + c },
		"dots and quotes":          func(c string) string { return "\u201c" + c[:5] + "." + c[5:] + "\u201d." },
		"a byte that is no text":   func(c string) string { return c[:5] + "\xff" + c[5:] },
		"full-width":               fullWidth,
		"full-width, small":        func(c string) string { return fullWidth(strings.ToLower(c)) },
		"full-width O for 0":       func(c string) string { return fullWidth(strings.ReplaceAll(c, "0", "O")) },
		"full-width hyphens":       func(c string) string { return c[:5] + "\uff0d" + c[5:] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := begunWithDigits(t)
			code := w.code(id)
			if b, err := w.Unlock(t.Context(), id, typed(code)); err != nil || b.State != scheduling.StateUnlocked || b.Code.Tries != 0 {
				t.Errorf("Unlock = %s with %d tries spent, %v; want unlocked with none", b.State, b.Code.Tries, err)
			}
		})
	}
}

// fullWidth is the code as an East Asian keyboard may type it.
func fullWidth(code string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '\uff01' }, code)
}

// A field that was left empty, or holds only what is dropped, is no guess.
func TestUnlockWithoutACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	for _, typed := range []string{"", " ", "\n", "\r\n", "- -", "\u200b", "\u200e\u00a0", "\u2013", "\xff", "%"} {
		_, err := w.Unlock(t.Context(), id, typed)
		invalid, ok := errors.AsType[*proctorbook.ValidationError](err)
		if !ok || len(invalid.Fields) != 1 || invalid.Fields[0].Field != "code" || !errors.Is(err, proctorbook.ErrNotDone) {
			t.Errorf("Unlock(%q) = %v, want a ValidationError that names the code", typed, err)
		}
	}
	if b := w.booking(id); b.Code.Tries != 0 {
		t.Errorf("%d tries spent, want none", b.Code.Tries)
	}
}

// What is nearly the code is not the code.
func TestNearlyTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code := w.code(id)
	for i, typed := range []string{code[:9], code + "0", code + code, "%" + code[1:], code[1:] + code[:1], "\u0663" + code, "\u00e9" + code} {
		if typed == code {
			continue
		}
		if _, err := w.Unlock(t.Context(), id, typed); !errors.Is(err, scheduling.ErrWrongCode) {
			t.Errorf("typed %d = %v, want ErrWrongCode", i, err)
		}
	}
}

// Each booking has a code of its own, in an alphabet that can be read out.
func TestTwoBookingsHaveTwoCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.code(w.settled(nine))
	w.learner = w.enroll("bob", 4300)
	second := w.code(w.settled(ten))
	if first == second {
		t.Error("two bookings have one code")
	}
	for _, code := range []string{first, second} {
		if len(code) != 10 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Errorf("code of %d characters, or with others than Crockford's", len(code))
		}
	}
}

// One code for all bookings of an exam, and another one for another exam, for
// those who must.
func TestFixedCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Code = scheduling.CodeFixed
	first := w.code(w.settled(nine))
	w.learner = w.enroll("bob", 4300)
	id := w.settled(ten)
	if second := w.code(id); first != second {
		t.Error("two bookings of an exam with a fixed code have two codes")
	}
	other := w.booking(id)
	other.Exam.Course, other.Exam.Usage = rerun(other.Exam)
	if code, err := w.Staff.UnlockCode(other); err != nil || code.Reveal() == first {
		t.Errorf("another exam has the same fixed code, or an error: %v", err)
	}
}

// Keys are rotated without breaking the bookings made with the old one.
func TestUnlockKeyRotation(t *testing.T) {
	t.Parallel()
	k1 := scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	k2 := scheduling.UnlockKey{ID: "k2", Secret: []byte("fedcba9876543210fedcba9876543210")}
	w := newWorld(t, scheduling.WithUnlockKeys(k1))
	id := w.begun()
	atProvider := w.active(id)[0].ExamPassword

	w.restart(scheduling.WithUnlockKeys(k2))
	if _, err := w.Unlock(t.Context(), id, atProvider); !errors.Is(err, scheduling.ErrNoUnlockKey) {
		t.Errorf("Unlock without the old key = %v, want ErrNoUnlockKey", err)
	}
	if b := w.booking(id); b.Code.Tries != 0 || b.State != scheduling.StateBegun {
		t.Errorf("booking is %s with %d tries, want begun with none", b.State, b.Code.Tries)
	}

	w.restart(scheduling.WithUnlockKeys(k2, k1))
	if _, err := w.Unlock(t.Context(), id, atProvider); err != nil {
		t.Errorf("Unlock with the old key at hand = %v, want nil", err)
	}
	w.learner = w.enroll("bob", 4300)
	if b := w.booked(noon); b.Code.KeyID != "k2" {
		t.Errorf("a new booking has key %q, want k2", b.Code.KeyID)
	}
}

// A Scheduler has keys of its own: what the caller does with a secret afterwards,
// such as clearing it, changes no code.
func TestUnlockKeysAreCopied(t *testing.T) {
	t.Parallel()
	text := "0123456789abcdef0123456789abcdef"
	keys := []scheduling.UnlockKey{{ID: "k1", Secret: []byte(text)}}
	option := scheduling.WithUnlockKeys(keys...)
	clear(keys[0].Secret)
	keys[0] = scheduling.UnlockKey{}
	w := newWorld(t, option)
	id := w.settled(nine)
	code := w.code(id)

	w.restart(scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte(text)}))
	if w.code(id) != code {
		t.Error("the code was made with another key than the one that was given")
	}
}

// The code is never stored, and never in what a booking prints.
func TestCodeIsInNoRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code, b := w.code(id), w.booking(id)
	for _, form := range printed(b) {
		if strings.Contains(form, code) {
			t.Errorf("the code is in %q", form)
		}
	}
	if b.Code.KeyID == "" {
		t.Error("the booking does not name its key")
	}
}

// Without unlock keys nothing can be booked: better no reservation than one that
// nobody can unlock.
func TestNoUnlockKeyNoBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithUnlockKeys())
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	if !errors.Is(err, scheduling.ErrNoUnlockKey) || !strings.Contains(err.Error(), "WithUnlockKeys") {
		t.Errorf("Book = %v, want ErrNoUnlockKey that names the option", err)
	}
	if _, err := w.Status(t.Context(), w.exam, w.learner); !errors.Is(err, scheduling.ErrNoUnlockKey) {
		t.Errorf("Status = %v, want ErrNoUnlockKey", err)
	}
	if n := w.providerRequests(); n != 0 {
		t.Errorf("sent %d requests, want 0", n)
	}
}

// plain undoes, character by character, what the documentation allows people to type.
func plain(typed string) string {
	var b strings.Builder
	for _, r := range typed {
		if '\uff01' <= r && r <= '\uff5e' {
			r -= '\uff01' - '!'
		}
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
		case strings.ContainsRune("oO", r):
			b.WriteByte('0')
		case strings.ContainsRune("iIlL", r):
			b.WriteByte('1')
		case 'a' <= r && r <= 'z':
			b.WriteRune(r - 'a' + 'A')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
