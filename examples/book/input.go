package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

//go:embed sample_exam.json
var sampleExam []byte

//go:embed sample_learners.json
var sampleLearners []byte

// readExam reads the exam in the JSON form that scheduling.Exam documents.
func (c *config) readExam(file string) error {
	data := sampleExam
	if file != "" {
		var err error
		if data, err = os.ReadFile(file); err != nil {
			return wrongInput("-exam: %w", err)
		}
	}
	if err := json.Unmarshal(data, &c.exam); err != nil {
		return wrongInput("-exam: %w", err)
	}
	if err := c.exam.Validate(); err != nil {
		return wrongInput("-exam: %w", err)
	}
	return nil
}

// profileForm is a profile as a file has it. It has the fields of
// scheduling.Profile, in the same order, so that it converts.
type profileForm struct {
	GivenName  string `json:"given_name"`
	FamilyName string `json:"family_name"`
	Phone      string `json:"phone"`
	Country    string `json:"country"`
	Address    string `json:"address"`
	City       string `json:"city"`
	State      string `json:"state"`
	PostalCode string `json:"postal_code"`
	Zone       string `json:"zone"`
}

func (c *config) readProfile(file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return wrongInput("-profile: %w", err)
	}
	var form profileForm
	if err := strictJSON(data, &form); err != nil {
		return wrongInput("-profile: %w", err)
	}
	profile := scheduling.Profile(form)
	if err := profile.Validate(); err != nil {
		return wrongInput("-profile: %w", err)
	}
	c.profile = &profile
	return nil
}

// sample is a learner of the offline run: the account and the enrollment on the
// platform, and the profile that the learner will fill in.
type sample struct {
	Username string      `json:"username"`
	ID       int64       `json:"id"`
	Name     string      `json:"name"`
	Email    string      `json:"email"`
	Zone     string      `json:"zone"`
	Mode     edx.Mode    `json:"mode"`
	Profile  profileForm `json:"profile"`
}

// readSamples returns the sample learners. The first two may book.
func readSamples() ([]sample, error) {
	var all []sample
	err := strictJSON(sampleLearners, &all)
	return all, err
}

// strictJSON refuses unknown members: a typo must not drop data in silence. Its
// errors name members, and never show a value.
func strictJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file is not JSON")
	}
	if err == nil && d.More() {
		return errors.New("the file holds more than one JSON value")
	}
	return err
}
