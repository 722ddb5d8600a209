"""What an arm changes for whom: learners of effects, all of them LightGBM underneath."""
