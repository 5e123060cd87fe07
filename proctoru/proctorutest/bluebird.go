package proctorutest

import (
	"fmt"
	"time"
)

var blueBirdFields = []string{
	"student_id", "first_name", "last_name", "email", "time_zone_id", "exam_id", "description", "active_date", "end_date", "duration",
}

// registration is a learner's right to choose a time for an exam on the provider's site.
type registration struct{ student, exam string }

// addBlueBirdExam registers an exam for a learner, who chooses a time elsewhere.
func (s *Server) addBlueBirdExam(c call) reply {
	if refused, ok := s.checkFields(c, blueBirdFields); !ok {
		return refused
	}
	if _, known := s.zone(c.params["time_zone_id"]); !known {
		return s.failure(c, textZone)
	}
	e, text := s.saveExam(examFields(c.params), "active_date")
	if text != "" {
		return s.failure(c, text)
	}
	s.saveLearner(c)
	s.registrations[registration{c.params["student_id"], e.ID}] = true
	return s.launch(c, s.loginURL("03"))
}

// examFields returns the exam's fields of a call that names a learner and an exam.
func examFields(params map[string]string) map[string]string {
	fields := map[string]string{}
	for _, name := range []string{
		"exam_id", "exam_name", "description", "course_id", "course_no", "active_date", "end_date", "duration", "exam_url",
		"exam_password", "instructor", "notes", "notify", "permitted_resources_list", "other_notes", "preset", "other_resources",
	} {
		if value, sent := params[name]; sent {
			fields[name] = value
		}
	}
	return fields
}

// launch puts the URL where [VariantBlueBirdAnswer] has it.
func (s *Server) launch(c call, url string) reply {
	switch s.playing[VariantBlueBirdAnswer] {
	case "launch-url":
		return s.success(c, object{{"launch_url", url}})
	case "top-level":
		return s.bare(c, object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}, {"data", nil}, {"url", url}})
	case "message":
		return s.bare(c, object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", url}, {"data", nil}})
	}
	return s.success(c, object{{"url", url}})
}

// LearnerSchedules lets a learner choose a start on the provider's site, after
// addBlueBirdExam. It returns the number of the reservation.
func (s *Server) LearnerSchedules(studentID, examID string, start time.Time) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	e := s.exams[examID]
	if !s.registrations[registration{studentID, examID}] || e == nil {
		return 0, fmt.Errorf("proctorutest: exam %q is not registered for learner %q: call addBlueBirdExam first", examID, studentID)
	}
	wish := ofExam(e)
	wish.id, wish.student, wish.start, wish.blueBird = s.uuid(), studentID, start.UTC(), true
	if !e.fits(wish.start) || wish.start.Before(s.now()) {
		return 0, fmt.Errorf("proctorutest: exam %q can't start at %v", examID, wish.start)
	}
	if text := s.obstacle(wish, 0); text != "" {
		return 0, fmt.Errorf("proctorutest: the provider refuses that start: %s", text)
	}
	var made *reservation
	s.change(studentID, func() { made = s.add(wish) })
	s.counts.ReservationsMade++
	return made.number, nil
}
