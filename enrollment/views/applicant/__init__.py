"""The pages of the applicant: apply, follow, agree, and say who may act."""
